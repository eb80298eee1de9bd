#include "env/logs/telemetry_log.h"

#include <doctest/doctest.h>

#include <limits>
#include <random>
#include <string>
#include <system_error>
#include <vector>

#include "env/logs/log_error.h"
#include "tests/env/logs/sample_telemetry.h"
#include "tests/env/logs/telemetry_file.h"

using namespace flyball;

namespace {

TelemetryLogOptions live(double flush_seconds = 1.0) {
  TelemetryLogOptions options;
  options.live = true;
  options.flush_seconds = flush_seconds;
  return options;
}

}  // namespace

TEST_CASE("rows of a telemetry log come back bit for bit") {
  std::mt19937_64 random(1);
  for (const bool with_snapshot : {false, true}) {
    const std::vector<TelemetryRow> rows = random_rows(random, 200, with_snapshot);
    const TemporaryFile file;
    write_telemetry_log(file.path(), {small_header(), rows});
    const TelemetryLog back = read_telemetry_log(file.path());
    CHECK(back.rows.size() == rows.size());
    // to_chars is exact, so equal text of the second writing means equal rows.
    CHECK(log_text(back.header, back.rows) == contents(file.path()));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const TelemetryRow& a = rows[i];
      const TelemetryRow& b = back.rows[i];
      REQUIRE(a.telemetry.time_seconds == b.telemetry.time_seconds);
      REQUIRE(a.telemetry.domains.has_value() == b.telemetry.domains.has_value());
      if (a.telemetry.domains) {
        REQUIRE(a.telemetry.domains->at(1).effective_hz == b.telemetry.domains->at(1).effective_hz);
        REQUIRE(a.telemetry.domains->at(1).busy_seconds == b.telemetry.domains->at(1).busy_seconds);
      }
      if (a.telemetry.application) {
        REQUIRE(a.telemetry.application->served == b.telemetry.application->served);
        REQUIRE(a.telemetry.application->slack_seconds == b.telemetry.application->slack_seconds);
      }
      REQUIRE(a.mode == b.mode);
      REQUIRE(a.setting == b.setting);
      REQUIRE(a.at_effect.has_value() == b.at_effect.has_value());
      REQUIRE(a.after_effect.energy_joules == b.after_effect.energy_joules);
      REQUIRE(a.decided_by == b.decided_by);
      REQUIRE(a.truncated == b.truncated);
    }
  }
}

TEST_CASE("an energy that was not measured is an empty cell, and absent when read back") {
  TelemetryRow row;
  row.period_seconds = 0.25;
  row.before_effect = {0.05, 0.4, 0.1, 0.0, 0.0};
  row.after_effect = {0.2, std::nullopt, 0.4, 1.0, 0.0};
  const TemporaryFile file;
  write_telemetry_log(file.path(), {small_header(), {row}});
  CHECK(contents(file.path()).find(",0.05,0.4,0.1,0,0,0.2,,0.4,1,0,") != std::string::npos);
  const TelemetryRow back = read_telemetry_log(file.path()).rows.at(0);
  CHECK(back.before_effect.energy_joules == 0.4);
  CHECK_FALSE(back.after_effect.energy_joules.has_value());
  CHECK(back.after_effect.served == 1.0);
}

TEST_CASE("a clock that was not shown is an empty cell, one that is switched off a 0") {
  TelemetryRow row;
  auto& domains = row.telemetry.domains.refill(0.5);
  domains.resize(small_header().plant.domains.size());
  domains[0].requested_hz = domains[0].effective_hz = 0.0;
  const TemporaryFile file;
  write_telemetry_log(file.path(), {small_header(), {row}});
  const Telemetry back = read_telemetry_log(file.path()).rows.at(0).telemetry;
  CHECK(back.domains->at(0).effective_hz == 0.0);
  CHECK_FALSE(back.domains->at(1).requested_hz.has_value());
  CHECK_FALSE(back.domains->at(1).effective_hz.has_value());
}

TEST_CASE("a log of an earlier version, whose unmeasured energy is a 0, is read as without it") {
  TelemetryRow row;
  row.period_seconds = 0.25;
  row.before_effect = {0.0, 0.0, 0.0, 0.0, 0.0};
  row.after_effect = {0.25, 0.0, 0.4, 1.0, 0.0};
  const TemporaryFile file;
  write_telemetry_log(file.path(), {small_header(), {row}});
  const TelemetryRow back = read_telemetry_log(file.path()).rows.at(0);
  CHECK(back.before_effect.energy_joules == 0.0);  // of no time: known
  CHECK_FALSE(back.after_effect.energy_joules.has_value());
}

TEST_CASE("the header of a telemetry log comes back whole") {
  const TemporaryFile file;
  const TelemetryLogHeader header = small_header();
  write_telemetry_log(file.path(), {header, {}});
  const TelemetryLogHeader back = read_telemetry_log(file.path()).header;
  CHECK(back.scenario == header.scenario);
  CHECK(back.version == "0.1.0");
  CHECK(back.governor == "podgov");
  CHECK(back.leased_knobs == header.leased_knobs);
  CHECK(back.energy_reference_joules == header.energy_reference_joules);
  CHECK_FALSE(back.latency_reference_seconds.has_value());
  CHECK(back.plant.board == "two-core");
  CHECK(back.plant.domains[0].frequencies_hz == header.plant.domains[0].frequencies_hz);
  CHECK(back.plant.domains[0].cpus == header.plant.domains[0].cpus);
  CHECK(back.plant.domains[1].kind == DomainKind::kGpu);
  CHECK(back.plant.knobs[2].is_application());
  CHECK(back.plant.limits == header.plant.limits);
  REQUIRE(back.modes.size() == 2);
  CHECK(back.modes[1].id == 5);
  CHECK(back.modes[1].limits == header.modes[1].limits);
  CHECK(back.plant.rails == header.plant.rails);
  CHECK(back.plant.zones == header.plant.zones);
  CHECK(back.plant.has_application);
}

TEST_CASE("a live log has its whole header at once and whole rows after a flush") {
  std::mt19937_64 random(2);
  const TemporaryFile file;
  TelemetryLogWriter writer(file.path(), small_header(), live());
  CHECK(read_telemetry_log(file.path()).rows.empty());
  for (const TelemetryRow& row : random_rows(random, 2)) writer.write(row);
  writer.flush();
  CHECK(read_telemetry_log(file.path()).rows.size() == 2);
}

TEST_CASE("a destroyed writer of a live log has lost nothing but the end mark") {
  std::mt19937_64 random(3);
  const TemporaryFile file;
  {
    TelemetryLogWriter writer(file.path(), small_header(), live());
    for (const TelemetryRow& row : random_rows(random, 3)) writer.write(row);
  }
  const ReadBack back = read_back(file.path());
  CHECK(back.rows == 3);
  CHECK(back.warning.starts_with("cut after 3 rows: the end mark is missing"));
}

TEST_CASE("a log that is not live takes its name when it is closed, and is given up otherwise") {
  std::mt19937_64 random(6);
  const TemporaryFile file("what was there");
  {
    TelemetryLogWriter given_up(file.path(), small_header());
    given_up.write(random_row(random, false));
    given_up.flush();
    CHECK(contents(file.path()) == "what was there");
  }
  CHECK(contents(file.path()) == "what was there");
  TelemetryLogWriter writer(file.path(), small_header());
  writer.write(random_row(random, false));
  writer.close();
  CHECK(read_back(file.path()).rows == 1);
}

TEST_CASE("a log whose run was interrupted says so") {
  std::mt19937_64 random(8);
  const TemporaryFile file;
  TelemetryLogWriter writer(file.path(), small_header());
  writer.write(random_row(random, false));
  writer.close(LogEnd::kInterrupted);
  const ReadBack back = read_back(file.path());
  CHECK(back.rows == 1);
  CHECK(back.warning == "the run was interrupted after 1 rows");
}

TEST_CASE("rows reach the file by themselves when the flush time has passed") {
  std::mt19937_64 random(4);
  const TemporaryFile file;
  TelemetryLogWriter writer(file.path(), small_header(), live(0.0));
  writer.write(random_row(random, false));
  CHECK(read_telemetry_log(file.path()).rows.size() == 1);
}

TEST_CASE("the writer refuses what would not come back, and the log stays whole") {
  const TemporaryFile file;
  TelemetryLogWriter writer(file.path(), small_header());
  TelemetryRow row;
  row.period_seconds = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(writer.write(row), "telemetry log: period_seconds = nan: must be finite");
  row.period_seconds = 1.0;
  row.telemetry.rail_watts.refill(0.0).resize(1);
  CHECK_THROWS_AS(writer.write(row), std::invalid_argument);
  row.telemetry.rail_watts.clear();
  row.at_effect.emplace();
  CHECK_THROWS_AS(writer.write(row), std::invalid_argument);
  row.at_effect.reset();
  writer.write(row);
  writer.close();
  CHECK(read_telemetry_log(file.path()).rows.size() == 1);
  CHECK_THROWS_AS(writer.write(row), std::logic_error);

  TelemetryLogHeader header = small_header();
  header.plant.rails = {"VDD IN"};
  CHECK_THROWS_AS(TelemetryLogWriter(file.path(), header), std::invalid_argument);
}

TEST_CASE("rows come in the order of time, but behind a cut that is marked") {
  const auto read = [](TelemetryRow first, double second_seconds, double period_seconds) {
    TelemetryRow second;
    second.telemetry.time_seconds = second_seconds;
    second.period_seconds = period_seconds;
    const TemporaryFile file;
    write_telemetry_log(file.path(), {small_header(), {first, second}});
    return read_telemetry_log(file.path()).rows.size();
  };
  TelemetryRow first;
  first.telemetry.time_seconds = 10.0;
  first.period_seconds = 1.0;
  CHECK(read(first, 10.9, 1.0) == 2);
  CHECK(read(first, 1e11, 1.0) == 2);
  CHECK_THROWS_WITH_AS(
      read(first, 9.5, 1.0),
      doctest::Contains("time_seconds: 9.5: the row before lasts until 10.5: rows must"), LogError);
  CHECK_THROWS_WITH_AS(read(first, 1e308, 1.0),
                       doctest::Contains("time_seconds: 1e+308: expected seconds, at most 1e11"),
                       LogError);
  CHECK_THROWS_WITH_AS(read(first, 11.0, -1.0),
                       doctest::Contains("period_seconds: -1: expected 0 to"), LogError);
  first.truncated = true;
  CHECK(read(first, 9.5, 1.0) == 2);
  first.truncated = false;
  first.terminated = true;
  CHECK(read(first, 9.5, 1.0) == 2);
}

TEST_CASE("figures that no run has are refused with their column") {
  const auto complaint = [](const TelemetryRow& row) -> std::string {
    const TemporaryFile file;
    write_telemetry_log(file.path(), {small_header(), {row}});
    try {
      (void)read_telemetry_log(file.path());
      return "";
    } catch (const LogError& error) {
      return error.what();
    }
  };
  TelemetryRow good;
  good.period_seconds = 1.0;
  good.probability = 1.0;
  good.after_effect = {1.0, 999.0, 2.0, 3.0, 1.0};
  CHECK(complaint(good) == "");
  const auto says = [&](auto change, const char* part) {
    TelemetryRow row = good;
    change(row);
    CAPTURE(part);
    CHECK(complaint(row).find(part) != std::string::npos);
  };
  says([](TelemetryRow& row) { row.probability = 2.0; }, "probability: 2: expected 0 to 1");
  says([](TelemetryRow& row) { row.after_effect.energy_joules = -5.0; },
       "after.energy_joules: -5: expected 0 J or more");
  says([](TelemetryRow& row) { row.after_effect.energy_joules = 1e9; },
       "after.energy_joules: 1000000000: expected");
  says([](TelemetryRow& row) { row.after_effect.served = -1.0; },
       "after.served: -1: expected 0 or more");
  says([](TelemetryRow& row) { row.after_effect.missed = -1.0; }, "after.missed: -1");
  // What one part lacks the other does not make up for.
  says([](TelemetryRow& row) { row.before_effect.served = -1.0; }, "before.served: -1");
  says([](TelemetryRow& row) { row.before_effect.energy_joules = -5.0; },
       "before.energy_joules: -5");
  says([](TelemetryRow& row) { row.after_effect.seconds = -1.0; }, "after.seconds: -1");
  says([](TelemetryRow& row) { row.after_effect.in_system_seconds = -1.0; },
       "after.in_system_seconds: -1");
}

TEST_CASE("a byte order mark and blank lines behind the end mark change nothing") {
  std::mt19937_64 random(5);
  const std::string text = log_text(small_header(), random_rows(random, 2));
  const TemporaryFile file("\xEF\xBB\xBF" + text + "\n  \n");
  CHECK(read_back(file.path()).rows == 2);
  CHECK(read_back(file.path()).warning.empty());
  const TemporaryFile more(text + "\n1,2\n");
  CHECK_THROWS_AS(read_back(more.path()), LogError);
}

TEST_CASE("a log that cannot be opened or written says so") {
  CHECK_THROWS_AS(read_telemetry_log("/nonexistent/log.csv"), std::system_error);
  CHECK_THROWS_AS(TelemetryLogWriter("/nonexistent/log.csv", small_header()), std::system_error);
}

TEST_CASE("a regular file that begins as a telemetry log does is one, of whatever version") {
  const TemporaryFile log;
  write_telemetry_log(log.path(), {small_header(), {}});
  CHECK(is_telemetry_log(log.path()));
  CHECK(is_telemetry_log(TemporaryFile("# flyball-telemetry-log 99\n").path()));
  CHECK(is_telemetry_log(TemporaryFile("\xEF\xBB\xBF# flyball-telemetry-log 1\n").path()));
  CHECK_FALSE(is_telemetry_log(TemporaryFile("time_seconds,power\n").path()));
  CHECK_FALSE(is_telemetry_log(TemporaryFile("# flyball").path()));
  CHECK_FALSE(is_telemetry_log(log.path() + ".absent"));
  CHECK_FALSE(is_telemetry_log("/dev/null"));
}

TEST_CASE("what an application sends to a cloud is in the log where its plant has the knob") {
  TelemetryLogHeader header = small_header();
  TelemetryRow row;
  ApplicationTelemetry& application = row.telemetry.application.refill(0.5);
  application.offload_recommended = 0.3;
  application.top_share = 0.6;
  const auto back = [&] {
    const TemporaryFile file;
    write_telemetry_log(file.path(), {header, {row}});
    return *read_telemetry_log(file.path()).rows.at(0).telemetry.application;
  };
  CHECK_FALSE(back().offload_recommended);
  header.plant.knobs.push_back({kOffloadKnob, {0.0, 0.3, 1.0}, {}});
  header.plant.limits.push_back({0, 2});
  for (ModeLimits& mode : header.modes) mode.limits.push_back({0, 2});
  CHECK(back().offload_recommended == 0.3);
  CHECK(back().top_share == 0.6);
  CHECK_FALSE(back().bandwidth_bits_per_second);
}

TEST_CASE("how far fine-tuning has come is in the log where its plant has the knob") {
  TelemetryLogHeader header = small_header();
  TelemetryRow row;
  ApplicationTelemetry& application = row.telemetry.application.refill(0.5);
  application.fine_tuning_recommended = 1.0;
  application.minibatches = 7;
  const auto back = [&] {
    const TemporaryFile file;
    write_telemetry_log(file.path(), {header, {row}});
    return *read_telemetry_log(file.path()).rows.at(0).telemetry.application;
  };
  CHECK_FALSE(back().minibatches);
  header.plant.knobs.push_back({kFineTuningKnob, {0.0, 1.0, 2.0}, {}});
  header.plant.limits.push_back({0, 2});
  for (ModeLimits& mode : header.modes) mode.limits.push_back({0, 2});
  CHECK(back().fine_tuning_recommended == 1.0);
  CHECK(back().minibatches == 7);
  CHECK_FALSE(back().minibatch_seconds);
}
