#include "env/fitting/log_replay.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <variant>
#include <vector>

#include "env/errors.h"
#include "env/sim/sim_plant.h"
#include "tests/env/fitting/simulated_log.h"
#include "tests/support/error_text.h"

using namespace flyball;
using doctest::Approx;

namespace {

// Readings without anything in them but requests and power.
std::vector<TelemetryRow> plain_rows(std::size_t count) {
  std::vector<TelemetryRow> rows(count);
  for (std::size_t i = 0; i < count; ++i) {
    Telemetry& telemetry = rows[i].telemetry;
    telemetry.time_seconds = 0.25 * static_cast<double>(i);
    telemetry.application.refill(telemetry.time_seconds);
    telemetry.total_watts.refill(telemetry.time_seconds) = 5.0;
    rows[i].period_seconds = 0.25;
  }
  return rows;
}

// Where the replayable rows begin, and how many they are.
std::pair<std::size_t, std::size_t> stretch_of(const std::vector<TelemetryRow>& rows) {
  const TelemetryLog log{{}, rows};
  const auto stretch = replayable_rows(log);
  return {static_cast<std::size_t>(stretch.data() - log.rows.data()), stretch.size()};
}

std::string complaint(const std::vector<TelemetryRow>& rows) {
  return error_text([&] { stretch_of(rows); });
}

using Stretch = std::pair<std::size_t, std::size_t>;

StretchFigures figures(double joules, double gpu_hz, double latency_seconds) {
  StretchFigures figures;
  figures.energy_joules = joules;
  figures.gpu_hz = gpu_hz;
  figures.sorted_latencies = {latency_seconds};
  return figures;
}

SimConfig plant_of(const TelemetryLog& log) {
  return logged_plant(log.header, log.rows, small_board_config());
}

}  // namespace

TEST_CASE("a log without a cut is replayed whole") {
  CHECK(stretch_of(plain_rows(20)) == Stretch{0, 20});
}

TEST_CASE("the longest stretch between cuts is replayed, of equal ones the first") {
  std::vector<TelemetryRow> rows = plain_rows(75);
  rows[24].truncated = true;
  rows[54].terminated = true;
  CHECK(stretch_of(rows) == Stretch{25, 30});
  rows = plain_rows(60);
  rows[29].truncated = true;
  CHECK(stretch_of(rows) == Stretch{0, 30});
}

TEST_CASE("another mode, a clock that goes back and a lost application are cuts, too") {
  std::vector<TelemetryRow> rows = plain_rows(60);
  for (std::size_t i = 35; i < 60; ++i) rows[i].mode = 2;
  CHECK(stretch_of(rows) == Stretch{0, 35});
  rows = plain_rows(60);
  rows[22].telemetry.time_seconds = rows[21].telemetry.time_seconds;
  CHECK(stretch_of(rows) == Stretch{23, 37});  // after it a row is missing
  rows = plain_rows(60);
  for (std::size_t i = 25; i < 60; ++i) rows[i].telemetry.time_seconds += 300.0;
  CHECK(stretch_of(rows) == Stretch{25, 35});  // rows were taken out, and nobody marked it
  rows = plain_rows(60);
  for (std::size_t i = 0; i < 35; ++i) rows[i].telemetry.application.clear();
  CHECK(stretch_of(rows) == Stretch{35, 25});
}

TEST_CASE("a log that says nothing of requests, or too little, is refused") {
  CHECK(complaint({}) == "the log says nothing of requests: import it with --requests");
  std::vector<TelemetryRow> rows = plain_rows(30);
  for (TelemetryRow& row : rows) row.telemetry.application.clear();
  CHECK(complaint(rows) == "the log says nothing of requests: import it with --requests");
  CHECK(complaint(plain_rows(19)) ==
        "the longest stretch without a gap has 19 rows: at least 20 needed");
  CHECK_THROWS_AS(stretch_of(plain_rows(19)), DataError);
}

TEST_CASE("a log whose power was not read half of the time is refused") {
  std::vector<TelemetryRow> rows = plain_rows(30);
  for (std::size_t i = 0; i < 16; ++i) rows[i].telemetry.total_watts.clear();
  CHECK(complaint(rows) == "only 14 of 30 rows show the module's power");
  rows[15].telemetry.total_watts.refill(0.0) = 1.0;
  CHECK(complaint(rows) == "no error");
}

TEST_CASE("the plant of a log is its board, without the sensor's noise") {
  const TelemetryLog log = simulated_log(10.0);
  BoardConfig board = small_board_config();
  board.sensor.noise_watts = 0.5;
  board.sensor.time_constant_seconds = 0.3;
  const SimConfig plant = logged_plant(log.header, log.rows, board);
  CHECK(plant.board.id == "small");
  CHECK(plant.sensor.noise_watts == 0.0);
  CHECK(plant.sensor.time_constant_seconds == 0.3);
  CHECK(plant.work == nullptr);
  CHECK_FALSE(std::get<std::vector<Arrival>>(plant.arrivals).empty());
}

TEST_CASE("a log of another board is refused") {
  TelemetryLog log = simulated_log(10.0);
  log.header.plant.board = "large";
  CHECK(error_text([&] { plant_of(log); }) ==
        "the log is of large, the board is small: give that one's file");
  CHECK_THROWS_AS(plant_of(log), DataError);
}

TEST_CASE("limits are those of the rows' mode, and without one those of the header") {
  TelemetryLog log = simulated_log(10.0);
  log.header.plant.limits[1] = {0, 1};
  log.header.modes = {{7, {{0, 0}, {1, 2}, {0, 0}}}};
  const PowerMode unnamed = plant_of(log).mode;
  CHECK(unnamed.name == "as logged");
  CHECK(unnamed.gpu_min_hz == 100e6);
  CHECK(unnamed.gpu_max_hz == 200e6);
  CHECK(unnamed.cpu_max_hz == 1.0e9);
  for (TelemetryRow& row : log.rows) row.mode = 7;
  const PowerMode named = plant_of(log).mode;
  CHECK(named.gpu_min_hz == 200e6);
  CHECK(named.gpu_max_hz == 400e6);
  CHECK(named.cpu_max_hz == 0.5e9);
  CHECK(named.emc_max_hz == 0.8e9);
}

TEST_CASE("a mode that the board knows brings its name and its power budget") {
  TelemetryLog log = simulated_log(10.0);
  for (TelemetryRow& row : log.rows) row.mode = 0;
  BoardConfig board = small_board_config();
  board.board.modes[0].budget_watts = 12.5;
  const PowerMode mode = logged_plant(log.header, log.rows, board).mode;
  CHECK(mode.name == "MAXN");
  CHECK(mode.budget_watts == 12.5);
}

TEST_CASE("CPUs are online as the first row shows, at least one, all where it shows none") {
  TelemetryLog log = simulated_log(10.0);
  CHECK(plant_of(log).mode.cpus_online == 2);
  log.rows[0].telemetry.cpus.refill(0.0) = {{.online = true}, {.online = false}};
  CHECK(plant_of(log).mode.cpus_online == 1);
  log.rows[0].telemetry.cpus.refill(0.0) = {{.online = false}, {.online = false}};
  CHECK(plant_of(log).mode.cpus_online == 1);
  log.rows[0].telemetry.cpus.clear();
  CHECK(plant_of(log).mode.cpus_online == 2);
}

TEST_CASE("the batch ceiling is what stood while nobody leased it") {
  TelemetryLog log = simulated_log(10.0);
  log.header.plant.knobs.push_back({"batch", {1.0, 2.0, 4.0}, {}});
  log.header.plant.limits.push_back({0, 2});
  log.rows[0].setting = Setting::pinned(std::vector<Level>{0});
  for (std::size_t i = 0; i < log.rows.size(); ++i) {
    Telemetry& telemetry = log.rows[i].telemetry;
    telemetry.application.refill(telemetry.time_seconds).batch_recommended = i == 0 ? 1.0 : 4.0;
  }
  const SimConfig plant = plant_of(log);
  CHECK(plant.batch_levels == std::vector{1.0, 2.0, 4.0});
  CHECK(plant.default_batch == 4.0);
}

TEST_CASE("a log replays on the plant that wrote it") {
  const TelemetryLog log = simulated_log(60.0);
  SimConfig plant = plant_of(log);
  plant.work = small_work();
  const auto logged = logged_samples(log.header, log.rows);
  const auto replayed = replayed_samples(log.header, log.rows, plant);
  REQUIRE(replayed.size() == log.rows.size());
  for (std::size_t i = 0; i < replayed.size(); ++i) {
    REQUIRE(replayed[i].time_seconds == Approx(logged[i].time_seconds - logged[0].time_seconds));
  }
  const ReplayComparison both = compare(logged, replayed);
  CHECK(shortcomings(both, {}).empty());
  CHECK(std::abs(both.energy_error().value()) < 0.02);
  CHECK(both.replay.served == both.log.served);
}

TEST_CASE("a log does not replay on a plant that draws more") {
  const TelemetryLog log = simulated_log(60.0);
  SimConfig plant = plant_of(log);
  plant.work = small_work(1.5);
  const auto found = shortcomings(
      compare(logged_samples(log.header, log.rows), replayed_samples(log.header, log.rows, plant)),
      {});
  REQUIRE(found.size() == 1);
  CHECK(found[0].starts_with("energy is off by +"));
}

TEST_CASE("settings are turned as they were, and given back where nobody leases") {
  const TelemetryLog log = simulated_log(30.0, {0, 2, std::nullopt});
  SimConfig plant = plant_of(log);
  plant.work = small_work();
  const auto replayed = replayed_samples(log.header, log.rows, plant);
  const auto logged = logged_samples(log.header, log.rows);
  std::size_t alike = 0;
  for (std::size_t i = 0; i < replayed.size(); ++i) {
    alike += replayed[i].gpu_hz == logged[i].gpu_hz ? 1 : 0;
  }
  CHECK(logged[20].gpu_hz == 100e6);
  CHECK(logged[60].gpu_hz == 400e6);
  CHECK(alike >= replayed.size() - 3);
}

TEST_CASE("two replays of the same rows are the same") {
  const TelemetryLog log = simulated_log(20.0);
  SimConfig plant = plant_of(log);
  plant.work = small_work();
  const auto first = replayed_samples(log.header, log.rows, plant);
  const auto second = replayed_samples(log.header, log.rows, plant);
  for (std::size_t i = 0; i < first.size(); ++i) REQUIRE(first[i].watts == second[i].watts);
}

TEST_CASE("a replay is off by shares of what the log shows, and the GPU's clock by hertz") {
  const ReplayComparison both = {figures(100.0, 300e6, 0.2), figures(103.0, 250e6, 0.15)};
  CHECK(both.energy_error().value() == Approx(0.03));
  CHECK(both.gpu_hz_error().value() == Approx(-50e6));
  CHECK(both.latency_p95_error().value() == Approx(-0.25));
  CHECK(shortcomings(both, {}).empty());
}

TEST_CASE("what is not within the tolerances is told with what was allowed") {
  const ReplayComparison both = {figures(100.0, 300e6, 0.2), figures(94.0, 450e6, 0.3)};
  CHECK(shortcomings(both, {}) ==
        std::vector<std::string>{"energy is off by -6.0 % (allowed: 5 %)",
                                 "the GPU's mean clock is off by +150 MHz (allowed: 100)",
                                 "the p95 latency is off by +50.0 % (allowed: 30 %)"});
  CHECK(shortcomings(both, {0.1, 200e6, 0.6}).empty());
}

TEST_CASE("a tolerance is kept at its very end") {
  const ReplayComparison both = {figures(64.0, 256e6, 0.25), figures(80.0, 320e6, 0.375)};
  CHECK(shortcomings(both, {0.25, 64e6, 0.5}).empty());
}

TEST_CASE("what the log does not show cannot be compared, and is said where it is needed") {
  ReplayComparison both = {figures(100.0, 300e6, 0.2), figures(100.0, 300e6, 0.2)};
  both.log.gpu_hz.reset();
  CHECK_FALSE(both.gpu_hz_error().has_value());
  CHECK(shortcomings(both, {}).empty());
  both.log.energy_joules.reset();
  both.log.sorted_latencies.clear();
  CHECK_FALSE(both.energy_error().has_value());
  CHECK_FALSE(both.latency_p95_error().has_value());
  CHECK(shortcomings(both, {}) ==
        std::vector<std::string>{"energy cannot be compared: readings of the power are missing",
                                 "latencies cannot be compared: the log serves nothing here"});
  both.log.energy_joules = 0.0;
  CHECK_FALSE(both.energy_error().has_value());
}
