#include "tools/reports/fit_report.h"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/sample_sweep.h"

using namespace flyball;

namespace {

Measurement row_at(std::size_t line, double cpu_hz, double gpu_hz, double requests) {
  Measurement row;
  row.line = line;
  row.point = {cpu_hz, gpu_hz, 1.6e9};
  row.requests = requests;
  row.seconds = 0.5;
  row.watts = 8.0;
  return row;
}

// Four rows of a CPU and a GPU that were varied, the memory clock held; nothing fitted.
FitReport unfitted_report() {
  FitReport report;
  report.board = "nano-4gb";
  report.set.file = "folder/sweep.csv";
  report.set.varied = {FitKnob::kCpu, FitKnob::kGpu};
  report.set.held = {FitKnob::kEmc};
  report.set.notes = {"column p: power in mW"};
  report.set.rows = {row_at(2, 0.5e9, 2e8, 1), row_at(3, 0.5e9, 4e8, 1), row_at(4, 1e9, 2e8, 1),
                     row_at(5, 1e9, 4e8, 1)};
  return report;
}

SettingChoice::Candidate candidate(const Measurement& setting, double joules) {
  return {setting, {{std::log(joules), 0.02}, {std::log(0.25), 0.01}}};
}

// The same with a fit of three rows, made up.
FitReport fitted_report() {
  FitReport report = unfitted_report();
  Fit fit;
  fit.rows = 3;
  fit.residual_rows = 2;
  fit.outliers = {{report.set.rows[3], {0.25, 16.0}}};
  report.fit = fit;
  report.fitted = {3, 0.01, 0.02, 0.03, 0.05, 0.08};
  report.choice.chosen = candidate(report.set.rows[1], 3.5);
  report.choice.best_sampled = candidate(report.set.rows[0], 4.0);
  return report;
}

Draw draw_of(std::uint64_t seed, double time_mean, std::optional<double> regret) {
  Draw draw;
  draw.seed = seed;
  draw.errors = {2, time_mean, 0.02, 0.03, 0.05, 0.08};
  draw.regret = regret;
  draw.sampled_regret = 0.1;
  if (regret) draw.chosen = row_at(3, 0.5e9, 4e8, 1);
  return draw;
}

FitReport drawn_report() {
  FitReport report = unfitted_report();
  DrawOptions options;
  options.train_rows = 3;
  options.repeats = 2;
  options.seed = 7;
  report.draw_options = options;
  report.draws = {draw_of(7, 0.01, 0.04), draw_of(8, 0.03, std::nullopt)};
  return report;
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("what was measured is told first, with what was recognised and what never moved") {
  CHECK(to_text(unfitted_report()) ==
        "folder/sweep.csv: 4 rows on nano-4gb\n"
        "  column p: power in mW\n"
        "  cpu varies over 2 levels\n"
        "  gpu varies over 2 levels\n"
        "warning: emc was never varied: its influence is not known and left out of the model, "
        "which answers at every emc frequency as at 1600 MHz\n");
}

TEST_CASE("a knob that never moved is a sentence, knobs that all moved are none") {
  FitReport report = unfitted_report();
  CHECK(held_knob_warnings(report.set).size() == 1);
  report.set.held.clear();
  CHECK(held_knob_warnings(report.set).empty());
  report.set.held = {FitKnob::kCpu, FitKnob::kEmc};
  REQUIRE(held_knob_warnings(report.set).size() == 2);
  CHECK(held_knob_warnings(report.set)[0].ends_with("at every cpu frequency as at 500 MHz"));
}

TEST_CASE("a fit is told with its errors, the rows it left out and the cheapest setting") {
  const std::string text = to_text(fitted_report());
  CAPTURE(text);
  CHECK(has_line(text,
                 "warning: folder/sweep.csv:5: does not fit (cpu 1000 MHz, gpu 400 MHz): 0.5 s and "
                 "4 J measured, 0.25 s and 4 J expected; left out"));
  CHECK(has_line(text,
                 "roofline formulas and a Gaussian process on 2 of the rows, fitted on 3 rows"));
  CHECK(has_line(text,
                 "  on these rows:               time 1.00 % (worst 5.0), power 2.00 %, energy "
                 "3.00 % (worst 8.0)"));
  CHECK(has_line(text,
                 "cheapest: cpu 500 MHz, gpu 400 MHz: 3.5 J per request (+- 2.0 %), 0.25 s per "
                 "batch, not measured itself"));
  CHECK(has_line(text,
                 "  best measured: cpu 500 MHz, gpu 200 MHz: 4 J per request (+- 2.0 %), 0.25 s "
                 "per batch"));
}

TEST_CASE(
    "a cheapest setting that was measured stands alone, within the limit where there is one") {
  FitReport report = fitted_report();
  report.choice.is_sampled = true;
  report.latency_limit_seconds = 0.3;
  const std::string text = to_text(report);
  CHECK(text.ends_with(
      "cheapest within the limit: cpu 500 MHz, gpu 400 MHz: 3.5 J per request (+- 2.0 %), 0.25 s "
      "per batch, measured\n"));
  report.choice.chosen.reset();
  CHECK(to_text(report).ends_with("no setting is expected to take at most 0.3 s with 95 %\n"));
  CHECK(to_json(report)["cheapest"].is_null());
}

TEST_CASE("formulas alone are called so") {
  FitReport report = fitted_report();
  report.residual = ResidualKind::kNone;
  CHECK(has_line(to_text(report), "roofline formulas alone, fitted on 3 rows"));
  CHECK(to_json(report)["residual"] == "none");
  CHECK(to_json(fitted_report())["residual"] == "gp");
}

TEST_CASE("what was left out and predicted is a line each, rows first") {
  FitReport report = fitted_report();
  CrossValidation validation;
  validation.rows = {4, 0.02, 0.02, 0.02, 0.06, 0.07};
  validation.frequencies = {{FitKnob::kGpu, 2, {4, 0.04, 0.02, 0.02, 0.1, 0.07}},
                            {FitKnob::kBatch, 2, {4, 0.05, 0.02, 0.02, 0.1, 0.07}}};
  report.validation = validation;
  const std::string text = to_text(report);
  CAPTURE(text);
  CHECK(has_line(text,
                 "  rows left out:               time 2.00 % (worst 6.0), power 2.00 %, energy "
                 "2.00 % (worst 7.0)"));
  CHECK(has_line(text,
                 "  gpu frequencies left out:    time 4.00 % (worst 10.0), power 2.00 %, energy "
                 "2.00 % (worst 7.0)"));
  CHECK(text.find("\n  batch sizes left out:        time 5.00 % ") != std::string::npos);
  report.set.load = LoadKind::kClients;
  CHECK(to_text(report).find("\n  numbers of clients left out: time 5.00 % ") != std::string::npos);
  CHECK(to_json(report)["cross_validation"]["gpu"]["time_mean"] == 0.04);
  CHECK(to_json(report)["cross_validation"]["rows"]["rows"] == 4);
}

TEST_CASE("batches are requests, or clients where clients drive the load") {
  FitReport report = fitted_report();
  report.set.varied = {FitKnob::kGpu, FitKnob::kBatch};
  report.choice.chosen = candidate(row_at(2, 1e9, 2e8, 4.0), 3.5);
  CHECK(to_text(report).find("cheapest: gpu 200 MHz, batch 4: ") != std::string::npos);
  CHECK(to_json(report)["cheapest"]["batch"] == 4.0);
  CHECK(to_json(report)["load"] == "batches");
  report.set.load = LoadKind::kClients;
  CHECK(to_text(report).find("cheapest: gpu 200 MHz, 8 clients: ") != std::string::npos);
  CHECK(to_text(report).find("\n  clients varies over 1 levels\n") != std::string::npos);
  CHECK(to_json(report)["cheapest"]["clients"] == 8.0);
  CHECK(to_json(report)["load"] == "clients");
}

TEST_CASE("draws are told by the mean and the ends of their errors and regrets") {
  FitReport report = drawn_report();
  std::string text = to_text(report);
  CAPTURE(text);
  CHECK(has_line(text, "2 draws of 3 rows, the other 1 predicted (seeds 7 to 8)"));
  CHECK(has_line(text, "  time error     mean 2.00 %, 1.00 to 3.00 %"));
  CHECK(has_line(text, "  power error    mean 2.00 %, 2.00 to 2.00 %"));
  CHECK(has_line(text, "  regret         mean 4.00 %, 4.00 to 4.00 %"));  // of the one that chose
  CHECK(has_line(text, "  of best drawn  mean 10.00 %, 10.00 to 10.00 %"));
  CHECK(text.find("limit of") == std::string::npos);
  report.draw_options->latency_limit_seconds = 0.4;
  report.draws[0].kept_limit = false;
  CHECK(has_line(to_text(report),
                 "  limit of 0.4 s: broken by 1 of 2 chosen settings, none found 1 times"));
}

TEST_CASE("programs get what was measured, and what was fitted only where something was") {
  const nlohmann::ordered_json json = to_json(unfitted_report());
  CHECK(json["flyball"] == FLYBALL_VERSION);
  CHECK(json["measurements"] == "folder/sweep.csv");
  CHECK(json["board"] == "nano-4gb");
  CHECK(json["rows"] == 4);
  CHECK(json["varied"] == nlohmann::ordered_json({{"cpu", 2}, {"gpu", 2}}));
  CHECK(json["held"] == nlohmann::ordered_json({"emc"}));
  CHECK(json["notes"].size() == 1);
  CHECK(json["warnings"].size() == 1);
  for (const char* key : {"fitted", "cheapest", "outliers", "cross_validation", "draws"}) {
    CAPTURE(key);
    CHECK_FALSE(json.contains(key));
  }
}

TEST_CASE("programs get a fit's figures as shares, and its settings in hertz") {
  const nlohmann::ordered_json json = to_json(fitted_report());
  CHECK(json["rows_used"] == 3);
  CHECK(json["residual_rows"] == 2);
  CHECK(json["fitted"]["time_mean"] == 0.01);
  CHECK(json["fitted"]["energy_worst"] == 0.08);
  CHECK(json["cheapest"]["cpu_hz"] == 0.5e9);
  CHECK(json["cheapest"]["gpu_hz"] == 4e8);
  CHECK(json["cheapest"]["joules_per_request"] == doctest::Approx(3.5));
  CHECK_FALSE(json["cheapest"].contains("line"));
  CHECK(json["best_measured"]["seconds"] == doctest::Approx(0.25));
  REQUIRE(json["outliers"].size() == 1);
  CHECK(json["outliers"][0]["line"] == 5);
  CHECK(json["outliers"][0]["seconds"] == 0.5);
  CHECK(json["outliers"][0]["expected_seconds"] == 0.25);
}

TEST_CASE("programs get each draw, and null where it chose none") {
  const nlohmann::ordered_json json = to_json(drawn_report())["draws"];
  CHECK(json["train_rows"] == 3);
  CHECK(json["seed"] == 7);
  CHECK_FALSE(json.contains("latency_limit_s"));
  CHECK(json["time_error"]["mean"] == doctest::Approx(0.02));
  CHECK(json["regret"]["most"] == doctest::Approx(0.04));
  REQUIRE(json["draws"].size() == 2);
  CHECK(json["draws"][0]["chosen"]["line"] == 3);
  CHECK(json["draws"][0]["regret"] == 0.04);
  CHECK(json["draws"][1]["chosen"].is_null());
  CHECK(json["draws"][1]["regret"].is_null());
}

TEST_CASE("a workload file says in comments what it was made of, and then the parameters") {
  const BoardConfig board = sample_board();
  FitReport report = fitted_report();
  report.fit->parameters = sample_truth(board.board);
  report.fit->parameters.rails = board.electrical->rails;
  const std::string text = workload_file(report, board.board);
  CAPTURE(text);
  CHECK(text.starts_with("# Written by `flyball fit` " FLYBALL_VERSION
                         " from measurements: sweep.csv, 3 of 4 rows, on " +
                         board.board.title +
                         ".\n# roofline formulas and a Gaussian process on 2 of the rows.\n"
                         "# Mean errors on the rows used: time 1.00 % (worst 5.0), "));
  CHECK(has_line(text, "# Left out, does not fit: line 5."));
  CHECK(text.find("# emc was never varied: ") != std::string::npos);
  CHECK(has_line(text, "title = \"Fitted to sweep.csv\""));
  CHECK(text.find("\n[boards.nano-4gb]  # rails: ") != std::string::npos);
  for (std::size_t at = 0; at < text.find("title = "); at = text.find('\n', at) + 1) {
    CHECK((text[at] == '#' || text[at] == '\n'));  // nothing else before the keys
  }
}
