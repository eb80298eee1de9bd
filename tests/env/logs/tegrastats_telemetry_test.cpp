#include "env/logs/tegrastats_telemetry.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/env/logs/logged_board.h"

using namespace flyball;

namespace {

PlantDescription whole_plant() { return describe(logged_board(), PowerMode{}, std::nullopt); }

TegrastatsLog log_of(const std::string& text) { return parse_tegrastats_log("board.log", text); }

std::vector<TelemetryRow> rows_of(const std::string& text) {
  return board_rows(logged_board(), whole_plant(), log_of(text));
}

std::string at_second(int second) {
  return "01-02-2025 00:00:0" + std::to_string(second) + " RAM 1/2MB CPU [50%@729,20%@1190]";
}

}  // namespace

TEST_CASE("a plant is left with the domains that some line shows, and with their whole knobs") {
  const ShownPlant all = shown_plant(whole_plant(), log_of(at_second(0) + " GR3D_FREQ 80%@114\n" +
                                                           at_second(1) + " EMC_FREQ 10%@665\n"));
  CHECK(all.missing.empty());
  CHECK(all.plant.knobs.size() == 3);
  PlantDescription whole = whole_plant();
  whole.limits[2] = {1, 1};
  const ShownPlant some = shown_plant(
      whole, log_of(at_second(0) + " EMC_FREQ 10%@665 GR3D_FREQ 80%\n" + at_second(1) + "\n"));
  CHECK(some.missing == std::vector<std::string>{"gpu"});
  REQUIRE(some.plant.knobs.size() == 2);
  CHECK(some.plant.knobs[1].name == "emc");
  CHECK(some.plant.knobs[1].domains == std::vector<std::size_t>{2});
  CHECK(some.plant.limits == std::vector<LevelRange>{{0, 1}, {1, 1}});
}

TEST_CASE("a clock that a line hides is absent, and its load counts") {
  std::string text;
  for (int second = 0; second < 10; ++second) {
    text += at_second(second);
    text += second < 5 ? " GR3D_FREQ 80%\n" : " EMC_FREQ 10%@665 GR3D_FREQ 80%@114\n";
  }
  const std::vector<TelemetryRow> rows = rows_of(text);
  CHECK(rows[0].telemetry.domains->at(0).effective_hz == 729.6e6);
  CHECK_FALSE(rows[0].telemetry.domains->at(2).effective_hz.has_value());
  CHECK(rows[0].telemetry.domains->at(2).utilization == 0.8);
  CHECK(rows[5].telemetry.domains->at(2).effective_hz == 114.75e6);
  CHECK(*rows[9].telemetry.domains->at(2).busy_seconds == doctest::Approx(0.8 * 9.0));
  // EMC's first load stands for the time since the log's beginning: 10 % of nine seconds.
  CHECK_FALSE(rows[4].telemetry.domains->at(3).busy_seconds.has_value());
  CHECK(*rows[9].telemetry.domains->at(3).busy_seconds == doctest::Approx(0.1 * 9.0));
}

TEST_CASE("a line without the GPU's load does not count as idle") {
  std::string text;
  for (int second = 0; second < 5; ++second) {
    text += at_second(second) + (second == 2 ? "\n" : " EMC_FREQ 10%@665 GR3D_FREQ 80%@114\n");
  }
  const std::vector<TelemetryRow> rows = rows_of(text);
  REQUIRE(rows.size() == 5);
  CHECK_FALSE(rows[2].telemetry.domains->at(2).utilization.has_value());
  CHECK_FALSE(rows[2].telemetry.domains->at(2).busy_seconds.has_value());
  CHECK(rows[2].telemetry.domains->at(0).effective_hz == 729.6e6);
  CHECK(*rows[4].telemetry.domains->at(2).busy_seconds == doctest::Approx(0.8 * 4.0));
  CHECK(rows[4].telemetry.cpus->at(1).idle_seconds == doctest::Approx(0.8 * 4.0));
}

TEST_CASE("loads and energy stop where a stretch of lines ends, and go on in the next") {
  std::string text;
  for (const char* time : {"00:00", "00:01", "00:02", "30:00", "30:01"}) {
    text += std::string("01-02-2025 00:") + time +
            " RAM 1/2MB CPU [50%@729,off] GR3D_FREQ 80%@114 GPU 1500mW/1mW SOC 500mW/1mW\n";
  }
  const std::vector<TelemetryRow> rows = rows_of(text);
  CHECK(rows[2].truncated);
  CHECK(rows[2].period_seconds == 1.0);
  CHECK(rows[2].after_effect.energy_joules == 2.0);
  CHECK_FALSE(rows[3].truncated);
  CHECK(*rows[2].telemetry.domains->at(2).busy_seconds == doctest::Approx(0.8 * 2.0));
  CHECK(*rows[3].telemetry.domains->at(2).busy_seconds == doctest::Approx(0.8 * 2.0));
  CHECK(*rows[4].telemetry.domains->at(2).busy_seconds == doctest::Approx(0.8 * 3.0));
  CHECK(rows[4].telemetry.cpus->at(0).busy_seconds == doctest::Approx(0.5 * 3.0));
  CHECK(rows[4].telemetry.cpus->at(1).idle_seconds == 0.0);  // offline
}
