#include "env/logs/importer.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/env/logs/logged_board.h"
#include "tests/env/logs/real_data.h"
#include "tests/support/temporary_file.h"

using namespace flyball;

namespace {

// Our own recording: 4 lines a second for 60 s; while a request is in service (see
// fixture_requests) the GPU is busy. The board's clock is at UTC+3 and the requests' clock `ahead`
// seconds ahead.
std::vector<LoggedRequest> fixture_requests(double ahead) {
  std::vector<LoggedRequest> requests;
  const double start = 1735776000.0;  // 2025-01-02 00:00:00 UTC
  for (int i = 0; i < 12; ++i) {
    const double arrival = start + 2.0 + 4.5 * i + 0.37 * (i % 5);
    const double service = 0.6 + 0.5 * (i % 3);
    requests.push_back({arrival + ahead, arrival + ahead, arrival + service + ahead, 1.2, false});
  }
  return requests;
}

std::string fixture_tegrastats() {
  const std::vector<LoggedRequest> requests = fixture_requests(0.0);
  std::string text;
  for (int i = 0; i <= 240; ++i) {
    const double now = 1735776000.0 + 0.25 * i;
    bool busy = false;
    for (const LoggedRequest& request : requests) {
      busy = busy || (request.arrival_seconds < now && request.completion_seconds > now - 0.25);
    }
    text += fmt::format(
        "01-02-2025 03:{:02}:{:02} RAM 1/2MB (lfb 1x4MB) CPU [{}%@1190,off] EMC_FREQ 5%@665 "
        "GR3D_FREQ {}%@{} APE 150 CPU@40C GPU@{}C GPU {}mW/0mW SOC 1000mW/0mW\n",
        i / 4 / 60, i / 4 % 60, busy ? 50 : 10, busy ? 90 : 0, busy ? 1377 : 114,
        busy ? "45.5" : "-256", busy ? 9000 : 500);
  }
  return text;
}

Import import_fixture(const ImportConfig& config, double ahead) {
  const TemporaryFile file(fixture_tegrastats());
  return import_logs(config, read_tegrastats_log(file.path()), fixture_requests(ahead));
}

ImportConfig small_config() {
  ImportConfig config;
  config.board = logged_board();
  return config;
}

}  // namespace

TEST_CASE("lines become rows in SI units, frequencies restored to the board's table") {
  const Import imported = import_fixture(small_config(), 0.0);
  const TelemetryLog& log = imported.log;
  REQUIRE(log.rows.size() == 241);
  const Telemetry& first = log.rows.front().telemetry;
  CHECK(first.time_seconds == 0.0);
  CHECK(first.domains->at(0).effective_hz == 1190.4e6);
  CHECK(first.domains->at(1).effective_hz == 0.0);  // its only CPU is offline
  CHECK(first.domains->at(2).effective_hz == 114.75e6);
  CHECK(first.domains->at(2).utilization == 0.0);
  CHECK(first.domains->at(2).ceiling_hz == 1377e6);
  CHECK(first.domains->at(3).effective_hz == 665.6e6);
  CHECK_FALSE(first.cpus->at(1).online);
  CHECK(first.rail_watts->at(0) == 0.5);
  CHECK(*first.total_watts == 1.5);
  CHECK(first.temperatures_celsius->at(0) == 40.0);
  CHECK_FALSE(first.temperatures_celsius->at(1).has_value());
  const Telemetry& last = log.rows.back().telemetry;
  CHECK(last.time_seconds == doctest::Approx(60.0));
  double gpu_busy = 0.0;
  double cpu_busy = 0.0;
  for (std::size_t i = 1; i < log.rows.size(); ++i) {
    const double load = *log.rows[i].telemetry.domains->at(2).utilization;
    gpu_busy += 0.25 * load;
    cpu_busy += 0.25 * (load > 0.0 ? 0.5 : 0.1);
  }
  CHECK(last.domains->at(2).busy_seconds == doctest::Approx(gpu_busy));
  CHECK(last.cpus->at(0).busy_seconds == doctest::Approx(cpu_busy));
  CHECK(last.cpus->at(0).idle_seconds == doctest::Approx(60.0 - cpu_busy));
  CHECK(log.rows[0].period_seconds == doctest::Approx(0.25));
  CHECK(log.rows[240].period_seconds == doctest::Approx(0.25));
  CHECK(log.rows[240].truncated);
  CHECK_FALSE(log.rows[239].truncated);
  CHECK_FALSE(log.rows[240].terminated);
}

TEST_CASE("the energy of an import is the trapezoid of the readings over true stamps") {
  const Import imported = import_fixture(small_config(), 0.0);
  double expected = 0.0;
  const auto& rows = imported.log.rows;
  for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
    expected += 0.125 * (*rows[i].telemetry.total_watts + *rows[i + 1].telemetry.total_watts);
  }
  expected += 0.25 * *rows.back().telemetry.total_watts;
  CHECK(*imported.report.energy_joules == doctest::Approx(expected));
  CHECK(imported.report.span_seconds == doctest::Approx(60.25));
}

TEST_CASE("requests are joined at the estimated clock offsets, and W and n are exact") {
  for (const double ahead : {-3.0, 0.0, 2.4}) {
    CAPTURE(ahead);
    const Import imported = import_fixture(small_config(), ahead);
    const ImportReport& report = imported.report;
    CHECK(report.utc_offset_hours == 3.0);
    CHECK(std::abs(*report.request_offset_seconds - ahead) <= 0.3);
    CHECK(*report.correlation > 0.8);
    CHECK(report.requests == 12);
    CHECK(report.served == 12);
    CHECK(report.missed == 4);
    CHECK(report.unfinished == 0);
    SpanCost sum;
    for (const TelemetryRow& row : imported.log.rows) sum += row.after_effect;
    double latencies = 0.0;
    for (const LoggedRequest& request : fixture_requests(ahead)) {
      latencies += request.latency_seconds();
    }
    CHECK(sum.in_system_seconds == doctest::Approx(latencies));
    CHECK(sum.served == 12.0);
    CHECK(sum.missed == 4.0);
  }
}

TEST_CASE("requests that were served while nothing was logged are counted and told") {
  std::vector<LoggedRequest> requests = fixture_requests(0.0);
  for (int i = 1; i <= 3; ++i) {
    LoggedRequest early = requests.front();
    early.arrival_seconds -= 100.0 * i;
    early.queue_exit_seconds.reset();
    early.completion_seconds -= 100.0 * i;
    requests.insert(requests.begin(), early);
  }
  ImportConfig config = small_config();
  config.utc_offset_hours = 3.0;
  config.request_offset_seconds = 0.0;
  const TemporaryFile file(fixture_tegrastats());
  const Import result = import_logs(config, read_tegrastats_log(file.path()), requests);
  CHECK(result.report.served == 15);
  CHECK(result.report.unlogged == 3);
  bool is_told = false;
  for (const std::string& warning : result.report.warnings) {
    is_told = is_told || warning.find("3 of 15 requests were served while no row") == 0;
  }
  CHECK(is_told);
}

TEST_CASE("given clock offsets are kept") {
  ImportConfig config = small_config();
  config.utc_offset_hours = 3.0;
  config.request_offset_seconds = 1.5;
  const Import imported = import_fixture(config, 0.0);
  CHECK(imported.report.request_offset_seconds == 1.5);
  CHECK_FALSE(imported.report.request_offset_estimated);
  CHECK_FALSE(imported.report.utc_offset_estimated);
}

TEST_CASE("an import comes back from disk as it was") {
  const Import imported = import_fixture(small_config(), 2.4);
  const TemporaryFile file;
  write_telemetry_log(file.path(), imported.log);
  const TelemetryLog back = read_telemetry_log(file.path());
  REQUIRE(back.rows.size() == imported.log.rows.size());
  CHECK(back.header.plant.has_application);
  CHECK(back.rows[100].after_effect.in_system_seconds ==
        imported.log.rows[100].after_effect.in_system_seconds);
  CHECK(back.rows[100].telemetry.application->arrived ==
        imported.log.rows[100].telemetry.application->arrived);
}

TEST_CASE("a power mode limits the domains of an import") {
  ImportConfig config = small_config();
  config.mode = 1;
  config.force = true;  // it shows other clocks
  const Import imported = import_fixture(config, 0.0);
  CHECK(imported.log.header.plant.limits[1] == LevelRange{0, 1});
  CHECK(imported.log.rows[0].telemetry.domains->at(2).ceiling_hz == 624.75e6);
}

TEST_CASE("domains that no line shows are left out, with a warning") {
  const TemporaryFile file(
      "01-02-2025 00:00:00 RAM 1/2MB CPU [1%@729,2%@1190] GR3D_FREQ 5% GPU 1mW/1mW\n"
      "01-02-2025 00:00:01 RAM 1/2MB CPU [1%@729,2%@1190] GR3D_FREQ 5% GPU 1mW/1mW\n");
  const Import imported = import_logs(small_config(), read_tegrastats_log(file.path()), {});
  const PlantDescription& plant = imported.log.header.plant;
  REQUIRE(plant.domains.size() == 2);
  REQUIRE(plant.knobs.size() == 1);
  CHECK(plant.knobs[0].name == "cpu");
  CHECK_FALSE(plant.has_application);
  CHECK(imported.log.rows[0].telemetry.domains->at(1).effective_hz == 1190.4e6);
  CHECK_FALSE(imported.log.rows[0].telemetry.application.has_value());
  // One of two rails is missing: the sum is not the module's power.
  CHECK_FALSE(imported.log.rows[0].telemetry.total_watts.has_value());
  CHECK_FALSE(imported.report.energy_joules.has_value());
  CHECK(imported.report.warnings.size() == 2);
  CHECK(imported.report.warnings[0].starts_with("no line shows a frequency of gpu, emc "));
}

TEST_CASE("lines without rails have no energy, and averages are over those with") {
  std::string text;
  for (int second = 0; second < 10; ++second) {
    text += "01-02-2025 00:00:0" + std::to_string(second) + " RAM 1/2MB CPU [0%@729,0%@729]";
    if (second < 5) text += " GPU 7000mW/7000mW SOC 9000mW/9000mW";
    text += "\n";
  }
  const TemporaryFile file(text);
  const Import imported = import_logs(small_config(), read_tegrastats_log(file.path()), {});
  const std::vector<TelemetryRow>& rows = imported.log.rows;
  CHECK(rows[3].after_effect.energy_joules == 16.0);
  CHECK_FALSE(rows[4].after_effect.energy_joules.has_value());  // of its two readings one is absent
  CHECK_FALSE(rows[9].after_effect.energy_joules.has_value());
  CHECK(imported.report.powered_seconds == 4.0);
  CHECK(*imported.report.energy_joules / imported.report.powered_seconds == 16.0);
}

TEST_CASE("a gap in the recording cuts the log and is not integrated over") {
  const std::string tail = " RAM 1/2MB CPU [0%@729,0%@729] GPU 1000mW/1mW SOC 1000mW/1mW\n";
  std::string text;
  for (const char* stamp : {"00:00", "00:01", "00:02", "30:00", "30:01"}) {
    text += std::string("01-02-2025 00:") + stamp + tail;
  }
  const TemporaryFile file(text);
  const Import imported = import_logs(small_config(), read_tegrastats_log(file.path()), {});
  CHECK(imported.report.runs == 2);
  CHECK(*imported.report.energy_joules == doctest::Approx(2.0 * 5));
  CHECK(imported.log.rows[2].truncated);
  CHECK(imported.log.rows[2].period_seconds == 1.0);
  CHECK(imported.log.rows[3].telemetry.time_seconds == 1800.0);
}

TEST_CASE("requests are joined by stamps that somebody put there, and by a given start") {
  const std::string line = "RAM 1/2MB CPU [1%@729,off] GPU 1000mW/1mW SOC 1000mW/1mW\n";
  const double start = 1735776000.0;  // 2025-01-02 00:00:00 UTC
  const auto joined = [&](const std::string& stamp, TegrastatsOptions options) {
    std::string text;
    for (int i = 0; i < 10; ++i) text += fmt::format(fmt::runtime(stamp), start + i, i) + line;
    const TemporaryFile file(text);
    const std::vector<LoggedRequest> requests = {{start + 2.0, {}, start + 4.0, {}, false}};
    const Import imported =
        import_logs(small_config(), read_tegrastats_log(file.path(), options), requests);
    CHECK(imported.report.utc_offset_hours == 0.0);
    CHECK(imported.log.rows[2].after_effect.in_system_seconds == doctest::Approx(1.0));
    CHECK(imported.log.rows[3].after_effect.served == 1.0);
  };
  joined("{0:.1f} ", {});
  joined("2025-01-02T00:00:{1:02}Z ", {});
  joined("[00:00:{1:02}] ", {});
  joined("Jan  2 00:00:{1:02} ", {});
  joined("", {1.0, start});
}

TEST_CASE("logs that do not belong together are refused") {
  CHECK_THROWS_WITH_AS(import_fixture(small_config(), 40 * 86400.0),
                       doctest::Contains("no request arrives while the board was logged"),
                       std::invalid_argument);
  const TemporaryFile no_stamps("RAM 1/2MB CPU [1%@729,off]\nRAM 1/2MB CPU [1%@729,off]\n");
  CHECK_THROWS_WITH_AS(import_logs(small_config(), read_tegrastats_log(no_stamps.path(), {1.0, {}}),
                                   fixture_requests(0.0)),
                       doctest::Contains("say with --start when the first one was written"),
                       std::invalid_argument);
}

TEST_CASE("the serving runs of LoudVA have the energy of their logs") {
  if (real_data("loudva/serving").empty()) return;
  ImportConfig config;
  config.board.id = "agx-xavier-32gb";
  config.board.cpus = 8;
  config.board.rails = {"GPU", "CPU", "SOC", "CV", "VDDRQ", "SYS5V"};
  config.board.module_rails = {0, 1, 2, 3, 4, 5};
  const struct {
    const char* name;
    double energy_joules;
    double ahead_seconds;
  } runs[] = {{"stock_governor_0", 2031, 2.4}, {"stock_governor_3", 2722, 2.85}};
  for (const auto& run : runs) {
    const std::string base = std::string("loudva/serving/") + run.name;
    const Import imported =
        import_logs(config, read_tegrastats_log(real_data(base + "_tegrastats.log")),
                    read_request_log(real_data(base + "_requests.csv")).requests);
    CHECK(std::abs(*imported.report.energy_joules - run.energy_joules) < 1.0);
    CHECK(imported.report.utc_offset_hours == 2.0);
    CHECK(std::abs(*imported.report.request_offset_seconds - run.ahead_seconds) < 0.3);
    CHECK(imported.report.missed == 0);
    CHECK(imported.report.unfinished == 0);
  }
}
