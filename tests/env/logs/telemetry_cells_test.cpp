#include "env/logs/telemetry_cells.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "env/logs/log_error.h"
#include "tests/env/logs/sample_telemetry.h"

using namespace flyball;

namespace {

TelemetryLogOptions with_snapshot() {
  TelemetryLogOptions options;
  options.with_effect_snapshot = true;
  return options;
}

std::string line_of(const TelemetryRow& row, const TelemetryLogOptions& options) {
  std::string line;
  append_telemetry_row(small_header(), options, row, line);
  REQUIRE(line.back() == '\n');
  line.pop_back();
  return line;
}

}  // namespace

TEST_CASE("a row has a cell for every column, and is written again as it was read") {
  std::mt19937_64 random(11);
  for (const TelemetryLogOptions& options : {TelemetryLogOptions{}, with_snapshot()}) {
    const std::vector<std::string> columns = telemetry_column_names(small_header(), options);
    TelemetryRow back = random_row(random, true);  // what it held does not shine through
    for (int i = 0; i < 50; ++i) {
      const std::string line = line_of(random_row(random, options.with_effect_snapshot), options);
      const auto commas = static_cast<std::size_t>(std::count(line.begin(), line.end(), ','));
      REQUIRE(commas + 1 == columns.size());
      read_telemetry_row(small_header(), options, {"log.csv", 9, line, columns}, back);
      REQUIRE(line_of(back, options) == line);
    }
  }
}

TEST_CASE("columns are named by group, item and quantity, with their type") {
  const std::vector<std::string> columns = telemetry_column_names(small_header(), with_snapshot());
  const auto has = [&](const char* name) {
    return std::find(columns.begin(), columns.end(), name) != columns.end();
  };
  CHECK(columns.front() == "time_seconds:f64");
  CHECK(has("domain.gpu.utilization:f64?"));
  CHECK(has("cpu.1.online:bool"));
  CHECK(has("mode:u16?"));
  CHECK(has("decided_by:resident|policy|random"));
  CHECK(has("setting.batch.ceiling:u16"));
  CHECK(has("at_effect.domain.gpu.utilization:f64?"));
  TelemetryLogHeader bare = small_header();
  bare.leased_knobs.clear();
  bare.modes.clear();
  for (const std::string& name : telemetry_column_names(bare, {})) {
    CHECK_FALSE(name.starts_with("setting."));
    CHECK_FALSE(name.starts_with("at_effect."));
    CHECK(name != "mode:u16?");
  }
}

TEST_CASE("a row that cannot be written leaves the text as it was") {
  std::mt19937_64 random(12);
  TelemetryRow row = random_row(random, false);
  row.truncated = false;
  row.after_effect.missed = std::numeric_limits<double>::infinity();
  std::string text = "before\n";
  CHECK_THROWS_WITH_AS(append_telemetry_row(small_header(), {}, row, text),
                       "telemetry log: after.missed = inf: must be finite", std::invalid_argument);
  CHECK(text == "before\n");
  row.after_effect.missed = 0.0;
  row.telemetry.rail_watts.refill(0.0).resize(3);
  CHECK_THROWS_WITH_AS(append_telemetry_row(small_header(), {}, row, text),
                       "telemetry log: a group of the row has 3 entries, its header says 2",
                       std::invalid_argument);
  CHECK(text == "before\n");
}

TEST_CASE("a cell that is not of its column's type is told with its place") {
  std::mt19937_64 random(13);
  const std::vector<std::string> columns = telemetry_column_names(small_header(), {});
  const std::string good = line_of(random_row(random, false), {});
  TelemetryRow row;
  const auto complaint = [&](const std::string& line) -> std::string {
    try {
      read_telemetry_row(small_header(), {}, {"log.csv", 9, line, columns}, row);
    } catch (const LogError& error) {
      return error.what();
    }
    return "";
  };
  CHECK(complaint(good).empty());
  CHECK(complaint("soon" + good.substr(good.find(','))) ==
        "log.csv:9:1: time_seconds:f64: 'soon': expected a number");
  CHECK(complaint(good + ",1")
            .ends_with("more than the header's " + std::to_string(columns.size()) + " cells"));
  CHECK(complaint(good.substr(0, good.rfind(','))).ends_with("(truncated:bool next)"));
}
