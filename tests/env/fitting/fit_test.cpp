#include "env/fitting/fit.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "env/fitting/fit_validation.h"
#include "tests/support/error_text.h"
#include "tests/support/sample_sweep.h"

using namespace flyball;

TEST_CASE("the formulas' parameters are recovered from noisy rows") {
  const BoardConfig board = sample_board();
  const Measurements set = sample_sweep(board.board, 0.005);
  const Fit fit = fit_rows(set, set.rows, ResidualKind::kNone);
  const FittedTime& time = fit.parameters.time;
  CHECK(time.gpu.per_request == doctest::Approx(60e6).epsilon(0.05));
  // Launch and host cycles are told apart by the corner only: their sum is what is seen.
  CHECK(time.host.per_request == doctest::Approx(30e6).epsilon(0.15));
  CHECK(fit.parameters.held_emc_hz == set.highest.emc_hz);
  CHECK_FALSE(fit.parameters.held_cpu_hz);
  // Against the truth, not the noisy rows.
  const FittedParameters truth = sample_truth(board.board);
  for (const Measurement& row : set.rows) {
    const RowPrediction exact = formula(truth, LoadKind::kBatches, row);
    CHECK(fit.predict(row).seconds == doctest::Approx(exact.seconds).epsilon(0.01));
    CHECK(fit.predict(row).watts == doctest::Approx(exact.watts).epsilon(0.01));
  }
}

TEST_CASE("the residual learns what the formulas cannot say") {
  const BoardConfig board = sample_board();
  Measurements set = sample_sweep(board.board, 0.002);
  for (Measurement& row : set.rows) {  // a resonance that no roofline has
    const double x = std::log(row.point.gpu_hz / 460e6) / 0.4;
    row.seconds *= 1.0 + 0.2 * std::exp(-x * x);
  }
  const HeldOut rows = hold_out_thirds(set, std::array{FitKnob::kCpu}, 1);
  const PredictionErrors formulas =
      prediction_errors(fit_rows(set, rows.train, ResidualKind::kNone), rows.test);
  const PredictionErrors both =
      prediction_errors(fit_rows(set, rows.train, ResidualKind::kGaussianProcess), rows.test);
  CHECK(formulas.time_mean > 0.02);
  CHECK(both.time_mean < 0.005);
}

TEST_CASE("a row that fits nothing is found by its line and left out, the others stay") {
  const BoardConfig board = sample_board();
  Measurements set = sample_sweep(board.board, 0.005);
  set.rows[40].seconds *= 1.6;
  set.rows[57].watts *= 0.6;
  const Fit fit = fit_rows(set, set.rows, ResidualKind::kGaussianProcess);
  REQUIRE(fit.outliers.size() == 2);
  CHECK(fit.outliers[0].row.line == set.rows[40].line);
  CHECK(fit.outliers[1].row.line == set.rows[57].line);
  CHECK(fit.outliers[0].expected.seconds ==
        doctest::Approx(set.rows[40].seconds / 1.6).epsilon(0.03));
  CHECK(fit.rows == set.rows.size() - 2);
}

TEST_CASE("clean rows are never taken for outliers, at the edges neither") {
  const BoardConfig board = sample_board();
  const Measurements set = sample_sweep(board.board, 0.02);
  CHECK(fit_rows(set, set.rows, ResidualKind::kGaussianProcess).outliers.empty());
  CHECK(fit_rows(set, set.rows, ResidualKind::kNone).outliers.empty());
}

TEST_CASE("the same rows give the same bits") {
  const BoardConfig board = sample_board();
  const Measurements set = sample_sweep(board.board, 0.01);
  const Fit first = fit_rows(set, set.rows, ResidualKind::kGaussianProcess);
  const Fit second = fit_rows(set, set.rows, ResidualKind::kGaussianProcess);
  CHECK(first.predict(set.rows[5]).seconds == second.predict(set.rows[5]).seconds);
  CHECK(first.parameters.residual.energy.weights == second.parameters.residual.energy.weights);
}

TEST_CASE("rows that are off together are how things are there, and none of them is left out") {
  const BoardConfig board = sample_board();
  Measurements set = sample_sweep(board.board, 0.005);
  const double lowest = levels_of(set, FitKnob::kCpu).front();
  std::size_t kept = 0;
  std::erase_if(set.rows,
                [&](const Measurement& row) { return row.point.cpu_hz == lowest && ++kept > 4; });
  for (Measurement& row : set.rows) {
    if (row.point.cpu_hz == lowest) row.seconds *= 1.6;
  }
  CHECK(fit_rows(set, set.rows, ResidualKind::kGaussianProcess).outliers.empty());
  CHECK(fit_rows(set, set.rows, ResidualKind::kNone).outliers.empty());
}

TEST_CASE("prediction errors are means of relative errors, by hand") {
  Fit fit;
  fit.parameters.time.gpu.per_request = 1e9;
  fit.parameters.power.base_watts = 2.0;
  Measurements set;
  Measurement row;
  row.point = {1e9, 1e9, 1e9};  // predicted: 1 s, 2 W
  row.seconds = 0.8;
  row.watts = 2.0;
  set.rows.push_back(row);  // time +25 %, power 0, energy +25 %
  row.seconds = 1.0;
  row.watts = 2.5;
  set.rows.push_back(row);  // time 0, power -20 %, energy -20 %
  const PredictionErrors errors = prediction_errors(fit, set.rows);
  CHECK(errors.time_mean == doctest::Approx(0.125));
  CHECK(errors.power_mean == doctest::Approx(0.1));
  CHECK(errors.energy_mean == doctest::Approx(0.225));
  CHECK(errors.time_worst == doctest::Approx(0.25));
  const PredictionErrors twice =
      joined(errors, prediction_errors(fit, std::span(set.rows).first(1)));
  CHECK(twice.rows == 3);
  CHECK(twice.time_mean == doctest::Approx(0.5 / 3.0));
}

TEST_CASE("holding out every third level keeps the rows whose levels are all kept") {
  const BoardConfig board = sample_board();
  const Measurements set = sample_sweep(board.board, 0.0);
  const std::size_t cpus = levels_of(set, FitKnob::kCpu).size();
  const std::size_t gpus = levels_of(set, FitKnob::kGpu).size();
  const HeldOut rows = hold_out_thirds(set, std::array{FitKnob::kCpu, FitKnob::kGpu}, 0);
  const std::size_t kept = (cpus - (cpus + 2) / 3) * (gpus - (gpus + 2) / 3);
  CHECK(rows.train.size() == kept);
  CHECK(rows.train.size() + rows.test.size() == set.rows.size());
}

TEST_CASE("cross-validation predicts every row once per kind, from others only") {
  const BoardConfig board = sample_board();
  const Measurements set = sample_sweep(board.board, 0.005);
  const Fit fit = fit_rows(set, set.rows, ResidualKind::kGaussianProcess);
  const CrossValidation result = cross_validate(set, fit, ResidualKind::kGaussianProcess, nullptr);
  CHECK(result.is_complete);
  CHECK(result.rows.rows == set.rows.size());
  REQUIRE(result.frequencies.size() == 2);
  CHECK(result.frequencies[0].errors.rows == set.rows.size());
  CHECK(result.rows.time_mean < 0.01);
  CHECK(result.rows.time_mean > 0.002);  // it cannot know the noise of rows that it has not seen
  const CrossValidation stopped =
      cross_validate(set, fit, ResidualKind::kNone, [](double) { return false; });
  CHECK_FALSE(stopped.is_complete);
}

TEST_CASE("draws: regret is the true cost of the chosen row over the true least") {
  const BoardConfig board = sample_board();
  const Measurements set = sample_sweep(board.board, 0.0);
  DrawOptions options;
  options.train_rows = 60;
  options.repeats = 2;
  const std::vector<Draw> draws = draw_and_fit(set, options, nullptr);
  REQUIRE(draws.size() == 2);
  CHECK(draws[0].errors.rows == set.rows.size() - 60);
  REQUIRE(draws[0].chosen);
  double least = set.rows.front().joules();
  for (const Measurement& row : set.rows) least = std::min(least, row.joules());
  CHECK(*draws[0].regret == doctest::Approx(draws[0].chosen->joules() / least - 1.0));
  CHECK(*draws[0].regret < 0.01);
}

TEST_CASE("draws: under a latency limit only rows that seem to keep it are chosen") {
  const BoardConfig board = sample_board();
  const Measurements set = sample_sweep(board.board, 0.0);
  double least = set.rows.front().seconds;
  for (const Measurement& row : set.rows) least = std::min(least, row.seconds);
  DrawOptions options;
  options.train_rows = 60;
  options.repeats = 1;
  options.latency_limit_seconds = 1.2 * least;
  const Draw draw = draw_and_fit(set, options, nullptr).front();
  REQUIRE(draw.chosen);
  CHECK(draw.chosen->seconds <= 1.25 * least);
  options.latency_limit_seconds = 0.5 * least;
  CHECK(error_text([&] {
          draw_and_fit(set, options, nullptr);
        }).starts_with("sample.csv: no row takes at most"));
  options.train_rows = set.rows.size();
  options.latency_limit_seconds.reset();
  CHECK(error_text([&] {
          draw_and_fit(set, options, nullptr);
        }).starts_with("sample.csv: cannot fit on 96 rows"));
}

TEST_CASE("clients: a single one pays for what the others overlap") {
  FittedParameters parameters;
  parameters.time.gpu.per_request = 1e9;
  parameters.time.prepare.fixed = 0.5e9;
  Measurement row;
  row.point = {1e9, 1e9, 1e9};
  row.requests = 0.5;
  CHECK(formula(parameters, LoadKind::kClients, row).seconds == doctest::Approx(1.5));
  row.requests = 2.0;  // four clients
  CHECK(formula(parameters, LoadKind::kClients, row).seconds == doctest::Approx(2.0));
}
