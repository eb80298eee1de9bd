#include "tools/config/delays_config.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "env/logs/telemetry_log.h"
#include "tests/support/captured_stream.h"
#include "tests/support/error_text.h"
#include "tests/support/temporary_file.h"

using namespace flyball;

namespace {

ControlToml half_a_second() {
  ControlToml toml;
  toml.period_seconds = 0.5;
  return toml;
}

ControlConfig with(const ControlToml& toml) {
  ControlConfig control;
  set_delays(toml, control);
  return control;
}

std::string refusal(const ControlToml& toml) {
  CHECK_THROWS_AS(with(toml), std::invalid_argument);
  return error_text([&] { with(toml); });
}

// A log whose rows took so long to decide; absent: nothing was decided.
void write_log(const std::string& path, const std::vector<std::optional<double>>& t_as) {
  TelemetryLog log;
  log.header.plant.board = "sample";
  log.header.plant.domains = {{"gpu", DomainKind::kGpu, {1e8, 2e8}, 0.001, {}}};
  log.header.plant.knobs = {{"gpu", {1e8, 2e8}, {0}}};
  log.header.plant.limits = {{0, 1}};
  for (const std::optional<double>& seconds : t_as) {
    TelemetryRow row;
    row.telemetry.time_seconds = static_cast<double>(log.rows.size());
    row.period_seconds = 1.0;
    row.decided = seconds.has_value();
    row.t_as_seconds = seconds;
    log.rows.push_back(row);
  }
  write_telemetry_log(path, log);
}

ControlToml from_log(const std::string& path) {
  ControlToml toml = half_a_second();
  toml.think_log = path;
  return toml;
}

}  // namespace

TEST_CASE("what is not said stays: a millisecond to think, the board's own actuation") {
  const ControlConfig control = with(half_a_second());
  CHECK(control.think_seconds.seconds == std::vector<double>{0.001});
  CHECK_FALSE(control.actuation.cpu.has_value());
  CHECK_FALSE(control.actuation.gpu.has_value());
  CHECK_FALSE(control.actuation.emc.has_value());
}

TEST_CASE("a time to think is a number from 0 to the period") {
  ControlToml toml = half_a_second();
  for (const double seconds : {0.0, 0.25, 0.5}) {
    toml.think_seconds = seconds;
    CHECK(with(toml).think_seconds.seconds == std::vector<double>{seconds});
  }
  toml.think_seconds = 0.51;
  CHECK(refusal(toml) == "control.think_seconds: must be between 0 and period_seconds");
}

TEST_CASE("measured times to think are drawn from, each within the period") {
  ControlToml toml = half_a_second();
  toml.think_samples_seconds = {0.1, 0.5, 0.1};
  CHECK(with(toml).think_seconds.seconds == std::vector<double>{0.1, 0.5, 0.1});
  toml.think_samples_seconds = {0.1, 0.6};
  CHECK(refusal(toml) ==
        "control.think_samples_seconds[1] = 0.6: must be between 0 and period_seconds = 0.5");
  toml.think_samples_seconds = std::vector<double>{};
  CHECK(refusal(toml) == "control.think_samples_seconds: must hold at least one");
}

TEST_CASE("a time to think may stay for some decisions") {
  ControlToml toml = half_a_second();
  toml.think_samples_seconds = {0.1, 0.5};
  CHECK(with(toml).think_seconds.stay == 1);
  toml.think_stay_decisions = 40;
  CHECK(with(toml).think_seconds.stay == 40);
}

TEST_CASE("changes from a low clock may have measured times of their own") {
  ControlToml toml = half_a_second();
  toml.actuation.low_gpu = {0.02, 0.06};
  const ControlConfig control = with(toml);
  CHECK(control.actuation.is_drawn());
  CHECK_FALSE(control.actuation.of(DomainKind::kGpu).has_value());
  CHECK(control.actuation.low_of(DomainKind::kGpu)->seconds == std::vector<double>{0.02, 0.06});
  CHECK_FALSE(control.actuation.low_of(DomainKind::kCpu).has_value());
  toml.actuation.low_emc = {0.7};
  CHECK(refusal(toml) ==
        "control.actuation.low_emc[0] = 0.7: must be between 0 and period_seconds = 0.5");
}

TEST_CASE("times to think come from one source") {
  const char* const message =
      "control.think_seconds: give one of this, think_samples_seconds and think_log";
  ControlToml toml = half_a_second();
  toml.think_seconds = 0.1;
  toml.think_samples_seconds = {0.1};
  CHECK(refusal(toml) == message);
  toml.think_seconds.reset();
  toml.think_log = "some.csv";
  CHECK(refusal(toml) == message);
  toml.think_samples_seconds.reset();
  toml.think_seconds = 0.1;
  CHECK(refusal(toml) == message);
}

TEST_CASE("each clock may have measured times of its own") {
  ControlToml toml = half_a_second();
  toml.actuation.gpu = {0.002, 0.5};
  const ControlConfig control = with(toml);
  CHECK_FALSE(control.actuation.cpu.has_value());
  REQUIRE(control.actuation.gpu.has_value());
  CHECK(control.actuation.gpu->seconds == std::vector<double>{0.002, 0.5});
  toml.actuation.cpu = {0.7};
  CHECK(refusal(toml) ==
        "control.actuation.cpu[0] = 0.7: must be between 0 and period_seconds = 0.5");
  toml.actuation.cpu.reset();
  toml.actuation.emc = std::vector<double>{};
  CHECK(refusal(toml) == "control.actuation.emc: must hold at least one");
}

TEST_CASE("a log's decisions say how long they took, longer than a period counts as one") {
  const TemporaryFile file;
  write_log(file.path(), {0.1, std::nullopt, 0.2, 3.0});
  CHECK(with(from_log(file.path())).think_seconds.seconds == std::vector<double>{0.1, 0.2, 0.5});
}

TEST_CASE("a log that tells nothing, or is none, is refused with its name") {
  const TemporaryFile file;
  write_log(file.path(), {std::nullopt, std::nullopt});
  CHECK(refusal(from_log(file.path())) ==
        "control.think_log: " + file.path() + ": holds no decision with its t_AS");
  CHECK(refusal(from_log("/none/such.csv")).starts_with("control.think_log: /none/such.csv: "));
  const TemporaryFile damaged("not a log\n");
  CHECK(refusal(from_log(damaged.path())).starts_with("control.think_log: " + damaged.path()));
}

TEST_CASE("a log that was cut is used as far as it goes, with a warning") {
  const TemporaryFile file;
  {
    TelemetryLogOptions live;
    live.live = true;
    write_log(file.path(), {0.1});
    TelemetryLogHeader header = read_telemetry_log(file.path()).header;
    TelemetryLogWriter writer(file.path(), header, live);  // never closed
    TelemetryRow row;
    row.period_seconds = 1.0;
    row.decided = true;
    row.t_as_seconds = 0.3;
    writer.write(row);
  }
  ControlConfig control;
  const std::string warning =
      captured(STDERR_FILENO, [&] { set_delays(from_log(file.path()), control); });
  CHECK(control.think_seconds.seconds == std::vector<double>{0.3});
  CHECK(warning.starts_with("flyball: warning: " + file.path() + ": cut after 1 rows"));
}
