#include "env/fitting/quiet_rows.h"

#include <doctest/doctest.h>

#include "tests/env/fitting/simulated_log.h"

using namespace flyball;
using doctest::Approx;

namespace {

constexpr std::size_t kGpu = 1;  // of the small board's domains

// A row a quarter of a second of the small board at `watts`, its GPU at `hertz`, nothing served.
TelemetryLog idle_log(std::size_t count, double watts, double hertz) {
  TelemetryLog log = simulated_log(0.25 * static_cast<double>(count));
  for (TelemetryRow& row : log.rows) {
    Telemetry& telemetry = row.telemetry;
    const double time = telemetry.time_seconds;
    ApplicationTelemetry application = *telemetry.application;
    application.queue_length = 0;
    application.served = 0;
    telemetry.application.refill(time) = application;
    telemetry.total_watts.refill(time) = watts;
    std::vector<DomainTelemetry> domains = *telemetry.domains;
    domains[kGpu].effective_hz = hertz;
    domains[kGpu].utilization = 0.0;
    telemetry.domains.refill(time) = domains;
    std::vector<CpuTelemetry> cpus = *telemetry.cpus;
    for (CpuTelemetry& cpu : cpus) cpu.busy_seconds = 0.01 * time;
    telemetry.cpus.refill(time) = cpus;
  }
  return log;
}

std::vector<QuietRows> quiet(const TelemetryLog& log) {
  return quiet_rows(log.header, log.rows, small_board_config());
}

}  // namespace

TEST_CASE("rows in which nothing happens tell the idle watts of their clock, once they settled") {
  const TelemetryLog log = idle_log(41, 3.5, 3e8);
  const std::vector<QuietRows> rows = quiet(log);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].watts == Approx(3.5));
  CHECK(rows[0].seconds == Approx(10.0 - 1.5 + 0.25));
  CHECK(rows[0].state.effective_hz[kGpu] == Approx(3e8));
  CHECK(rows[0].state.gpu_powered);
  CHECK(rows[0].state.activity[0] ==
        Approx(0.01 * static_cast<double>(log.header.plant.cpus)).epsilon(0.01));
}

TEST_CASE("every clock is a group of its own, and a GPU without one is off") {
  TelemetryLog log = idle_log(120, 3.0, 3e8);
  const TelemetryLog faster = idle_log(120, 4.0, 6e8);
  const TelemetryLog off = idle_log(120, 2.0, 0.0);
  for (std::size_t i = 40; i < 80; ++i) log.rows[i] = faster.rows[i];
  for (std::size_t i = 80; i < 120; ++i) log.rows[i] = off.rows[i];
  const std::vector<QuietRows> rows = quiet(log);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].watts == Approx(2.0));
  CHECK_FALSE(rows[0].state.gpu_powered);
  CHECK(rows[1].watts == Approx(3.0));
  CHECK(rows[2].watts == Approx(4.0));
}

TEST_CASE("a request in the system, a load on the GPU and busy CPUs end the quiet") {
  TelemetryLog log = idle_log(41, 3.5, 3e8);
  const double whole = quiet(log)[0].seconds;
  ApplicationTelemetry application = *log.rows[20].telemetry.application;
  application.queue_length = 1;
  log.rows[20].telemetry.application.refill(log.rows[20].telemetry.time_seconds) = application;
  CHECK(quiet(log)[0].seconds < whole - 1.0);
  log = idle_log(41, 3.5, 3e8);
  std::vector<DomainTelemetry> domains = *log.rows[20].telemetry.domains;
  domains[kGpu].utilization = 0.5;
  log.rows[20].telemetry.domains.refill(log.rows[20].telemetry.time_seconds) = domains;
  CHECK(quiet(log)[0].seconds < whole - 1.0);
  log = idle_log(41, 3.5, 3e8);
  for (TelemetryRow& row : log.rows) {
    std::vector<CpuTelemetry> cpus = *row.telemetry.cpus;
    cpus[0].busy_seconds = row.telemetry.time_seconds;
    row.telemetry.cpus.refill(row.telemetry.time_seconds) = cpus;
  }
  CHECK(quiet(log).empty());
}

TEST_CASE("a log that lacks one of the board's domains tells nothing of its idle watts") {
  TelemetryLog log = idle_log(41, 3.5, 3e8);
  log.header.plant.domains[2].name = "another";
  CHECK(quiet(log).empty());
}
