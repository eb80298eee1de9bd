#include "tools/reports/log_summary.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

using namespace flyball;

namespace {

// A GPU and a batch, of which the batch is leased; two rails and a zone.
TelemetryLogHeader sample_header() {
  TelemetryLogHeader header;
  header.plant.board = "sample";
  header.plant.domains = {{"gpu", DomainKind::kGpu, {1e8, 2e8, 4e8}, 0.001, {}}};
  header.plant.knobs = {{"gpu", {1e8, 2e8, 4e8}, {0}}, {"batch", {1, 4, 16}, {}}};
  header.plant.rails = {"VDD_IN", "VDD_GPU"};
  header.plant.zones = {"GPU-therm"};
  header.plant.has_application = true;
  header.leased_knobs = {"batch"};
  header.scenario = "some scenario";
  header.governor = "podgov";
  header.version = "0.1.0";
  return header;
}

// Ten seconds at 5 W in which a resident runs.
TelemetryRow plain_row() {
  TelemetryRow row;
  row.period_seconds = 10.0;
  row.after_effect = {10.0, 50.0, 2.0, 5.0, 0.0};
  return row;
}

TelemetryRow decided_row(DecidedBy by, Level batch) {
  TelemetryRow row = plain_row();
  row.decided = true;
  row.decided_by = by;
  row.setting = Setting::pinned({&batch, 1});
  return row;
}

TelemetryRow row_with_readings(double hertz, double watts) {
  TelemetryRow row = plain_row();
  row.telemetry.domains.refill(0.0).resize(1);
  row.telemetry.domains.refill(0.0)[0].effective_hz = hertz;
  row.telemetry.total_watts.refill(0.0) = watts;
  row.telemetry.rail_watts.refill(0.0) = {watts, std::nullopt};
  row.telemetry.temperatures_celsius.refill(0.0) = {40.0 + watts};
  ApplicationTelemetry& application = row.telemetry.application.refill(0.0);
  application.batch_recommended = 4.0;
  application.deadline_seconds = watts / 10.0;
  return row;
}

std::string text_of(const std::vector<TelemetryRow>& rows,
                    const TelemetryLogHeader& header = sample_header()) {
  LogSummary summary(header);
  for (const TelemetryRow& row : rows) summary.add(row);
  summary.set_end("complete");
  return summary.to_text("l.csv");
}

nlohmann::ordered_json json_of(const std::vector<TelemetryRow>& rows) {
  LogSummary summary(sample_header());
  for (const TelemetryRow& row : rows) summary.add(row);
  summary.set_end("complete");
  return summary.to_json("l.csv");
}

bool has_line(const std::string& text, const std::string& line) {
  std::istringstream lines(text);
  for (std::string one; std::getline(lines, one);) {
    if (one == line) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a log without rows shows its header and says of everything else that it is not known") {
  const std::string text = text_of({});
  CHECK(text ==
        "l.csv: a telemetry log, 0 rows over 0.0 s\n"
        "board      sample, governed by podgov\n"
        "scenario   some scenario (flyball 0.1.0)\n"
        "modes      not said: the board's limits held\n"
        "knobs\n"
        "  gpu        not turned: its levels are not shown\n"
        "  batch      turned: its levels are not shown\n"
        "decisions  0, residents 0 (0.0 % of the time), policy 0 (0.0 % of the time), random 0 "
        "(0.0 % of the time)\n"
        "settings   0 different ones were in force\n"
        "power      the module's is not known: nothing can be learned from this log\n"
        "  VDD_IN             never read\n"
        "  VDD_GPU            never read\n"
        "temperature never read\n"
        "requests   0 served\n"
        "end        complete\n");
}

TEST_CASE("who decided is told by decisions and by time, and settings are counted once") {
  const std::string text =
      text_of({decided_row(DecidedBy::kRandom, 1), decided_row(DecidedBy::kPolicy, 2),
               decided_row(DecidedBy::kPolicy, 1), plain_row()});
  CHECK(has_line(text,
                 "decisions  3, residents 0 (25.0 % of the time), policy 2 (50.0 % of the time), "
                 "random 1 (25.0 % of the time)"));
  CHECK(has_line(text, "settings   2 different ones were in force"));
}

TEST_CASE("knobs show the levels that were seen, in their unit") {
  const std::string text = text_of({row_with_readings(1e8, 5.0), row_with_readings(4e8, 7.0)});
  CHECK(has_line(text, "  gpu        not turned: 2 of 3 levels seen, 100 MHz .. 400 MHz"));
  CHECK(has_line(text, "  batch      turned: 1 of 3 levels seen, 4 .. 4"));
}

TEST_CASE("readings are told with their means and ends, rails that were never read as such") {
  const std::string text = text_of({row_with_readings(1e8, 5.0), row_with_readings(1e8, 7.0)});
  CHECK(has_line(text, "power      6 W the module, 5 .. 7 W; 100 J in 20.0 s with readings"));
  CHECK(has_line(text, "  VDD_IN             6 W on average"));
  CHECK(has_line(text, "  VDD_GPU            never read"));
  CHECK(has_line(text, "temperature GPU-therm 45 .. 47 C"));
}

TEST_CASE("energy that was not measured is not counted as none") {
  TelemetryRow unmeasured = row_with_readings(1e8, 5.0);
  unmeasured.after_effect.energy_joules.reset();
  const std::string text = text_of({row_with_readings(1e8, 5.0), unmeasured});
  CHECK(has_line(text, "power      5 W the module, 5 .. 5 W; 50 J in 10.0 s with readings"));
  CHECK(has_line(text_of({unmeasured}), "power      5 W the module, 5 .. 5 W"));
  CHECK(json_of({unmeasured})["energy_joules"].is_null());
  CHECK(json_of({unmeasured})["powered_seconds"] == 0.0);
}

TEST_CASE("requests are told with their time and misses, or as missing") {
  TelemetryRow late = row_with_readings(1e8, 9.0);
  late.after_effect.missed = 2.0;
  CHECK(has_line(text_of({row_with_readings(1e8, 5.0), late}),
                 "requests   10 served, 0.4 s each in the system, 20.00 % missed their deadline; "
                 "deadlines 0.5 .. 0.9 s"));
  TelemetryLogHeader header = sample_header();
  header.plant.has_application = false;
  CHECK(has_line(text_of({}, header),
                 "requests   none: the application's figures are missing (flyball import "
                 "--requests adds a request log)"));
}

TEST_CASE("modes and cuts are told where there are any") {
  TelemetryRow first = plain_row();
  first.mode = 2;
  TelemetryRow second = plain_row();
  second.mode = 0;
  second.truncated = true;
  const std::string text = text_of({first, first, first, second});
  CHECK(has_line(text, "modes      0 for 25.0 % of the time 2 for 75.0 % of the time"));
  CHECK(has_line(text, "cut        1 times: gaps, changes of mode, the log's own end"));
  CHECK(text_of({plain_row()}).find("\ncut ") == std::string::npos);
}

TEST_CASE("a header's long text is cut, so that a line stays a line") {
  TelemetryLogHeader header = sample_header();
  header.scenario = std::string(5000, 'x') + "\nmore";
  CHECK(text_of({}, header).size() < 2000);
}

TEST_CASE("programs get the same figures, and null for what is not known") {
  const nlohmann::ordered_json empty = json_of({});
  CHECK(empty["telemetry_log"] == "l.csv");
  CHECK(empty["board"] == "sample");
  CHECK(empty["rows"] == 0);
  CHECK(empty["mean_power_watts"].is_null());
  CHECK(empty["rails"][0]["mean_watts"].is_null());
  CHECK(empty["modes"].empty());
  CHECK(empty["deadlines_seconds"].empty());
  CHECK(empty["end"] == "complete");
  const nlohmann::ordered_json json =
      json_of({row_with_readings(1e8, 5.0), row_with_readings(4e8, 7.0),
               decided_row(DecidedBy::kPolicy, 2)});
  CHECK(json["rows"] == 3);
  CHECK(json["seconds"] == 30.0);
  CHECK(json["knobs"][0] ==
        nlohmann::ordered_json(
            {{"name", "gpu"}, {"leased", false}, {"levels", 3}, {"levels_seen", {1e8, 4e8}}}));
  CHECK(json["knobs"][1]["leased"] == true);
  CHECK(json["decisions"] == 1);
  CHECK(json["decided_by"]["policy"] ==
        nlohmann::ordered_json({{"decisions", 1}, {"seconds", 10.0}}));
  CHECK(json["decided_by"]["residents"]["seconds"] == 20.0);
  CHECK(json["settings_seen"] == 1);
  CHECK(json["mean_power_watts"] == 6.0);
  CHECK(json["energy_joules"] == 150.0);
  CHECK(json["rails"][0] == nlohmann::ordered_json({{"name", "VDD_IN"}, {"mean_watts", 6.0}}));
  CHECK(json["has_requests"] == true);
  CHECK(json["served"] == 15.0);
  CHECK(json["in_system_seconds"] == 6.0);
  CHECK(json["deadlines_seconds"] == nlohmann::ordered_json({0.5, 0.7}));
  CHECK(json["cuts"] == 0);
}

TEST_CASE("a mean is over time, and rows that were taken out count as a cut") {
  LogSummary summary(sample_header());
  TelemetryRow row = row_with_readings(1e8, 10.0);
  row.period_seconds = 1.0;
  for (int i = 0; i < 4; ++i) {
    row.telemetry.time_seconds = i;
    summary.add(row);
  }
  row = row_with_readings(1e8, 2.0);
  row.period_seconds = 4.0;
  row.telemetry.time_seconds = 40.0;  // a gap that nothing marks
  summary.add(row);
  summary.set_end("whole");
  const nlohmann::ordered_json json = summary.to_json("log.csv");
  CHECK(json["mean_power_watts"] == doctest::Approx(6.0));
  CHECK(json["cuts"] == 1);
}
