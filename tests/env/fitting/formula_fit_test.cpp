#include "env/fitting/formula_fit.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/support/sample_sweep.h"

using namespace flyball;
using doctest::Approx;

namespace {

// 40e6 GPU cycles and 10e6 host cycles a request; 2 W and what the GPU draws, 8 W when busy.
FittedParameters round_parameters() {
  FittedParameters parameters;
  parameters.time.gpu.per_request = 40e6;
  parameters.time.host.per_request = 10e6;
  parameters.power.base_watts = 2.0;
  parameters.power.gpu = {400e6, 8.0, 1.0, 0.0, 0.25, 0.0};
  parameters.power.gpu_stalled = 1.0;
  parameters.power.cpu_waiting = 0.0;
  return parameters;
}

Measurement row_at(double gpu_hz, double requests) {
  Measurement row;
  row.point = {1e9, gpu_hz, 1.6e9};
  row.requests = requests;
  return row;
}

double largest_error(const FittedParameters& found, const Measurements& set) {
  double largest = 0.0;
  for (const Measurement& row : set.rows) {
    const RowPrediction prediction = formula(found, set.load, row);
    largest = std::max({largest, std::abs(prediction.seconds / row.seconds - 1.0),
                        std::abs(prediction.watts / row.watts - 1.0)});
  }
  return largest;
}

}  // namespace

TEST_CASE("a batch takes its host part and then its accelerator part") {
  const RowPrediction prediction =
      formula(round_parameters(), LoadKind::kBatches, row_at(200e6, 2.0));
  CHECK(prediction.seconds == Approx(0.02 + 0.4));
  CHECK(formula(round_parameters(), LoadKind::kBatches, row_at(400e6, 2.0)).seconds ==
        Approx(0.02 + 0.2));
}

TEST_CASE("its power is the mean of both parts, by their time, and its energy their product") {
  const RowPrediction prediction =
      formula(round_parameters(), LoadKind::kBatches, row_at(400e6, 1.0));
  // The GPU idles in the host part and is busy for the rest.
  CHECK(prediction.watts * 0.11 == Approx(0.01 * (2.0 + 2.0) + 0.1 * (2.0 + 8.0)));
  CHECK(prediction.joules() == Approx(prediction.seconds * prediction.watts));
}

TEST_CASE("a single client pays for the preparation that others overlap") {
  FittedParameters parameters = round_parameters();
  parameters.time.prepare.fixed = 50e6;
  const double alone = formula(parameters, LoadKind::kClients, row_at(400e6, 0.5)).seconds;
  const double several = formula(parameters, LoadKind::kClients, row_at(400e6, 1.0)).seconds;
  CHECK(alone == Approx(0.11 + 0.05));
  CHECK(several == Approx(0.11));
  CHECK(formula(parameters, LoadKind::kBatches, row_at(400e6, 0.5)).seconds == Approx(0.11));
}

TEST_CASE("rows that the formulas made are predicted to a hundredth") {
  const Measurements set = sample_sweep(sample_board().board, 0.0);
  const FormulaFit fit = fit_formulas(set, set.rows, std::nullopt);
  CHECK(largest_error(fit.parameters, set) < 0.01);
  CHECK(fit.parameters.rails.empty());
  CHECK(fit.parameters.residual.knobs.empty());
}

TEST_CASE("a row that is far off does not draw the others after it") {
  Measurements set = sample_sweep(sample_board().board, 0.0);
  const Measurements clean = set;
  set.rows[10].seconds *= 3.0;
  set.rows[20].watts *= 0.3;
  CHECK(largest_error(fit_formulas(set, set.rows, std::nullopt).parameters, clean) < 0.05);
}

TEST_CASE("a knob that was held is said to be, and highest clocks are those of the tables") {
  const Measurements set = sample_sweep(sample_board().board, 0.0);
  const FittedParameters found = fit_formulas(set, set.rows, std::nullopt).parameters;
  CHECK(found.held_emc_hz == set.highest.emc_hz);
  CHECK_FALSE(found.held_cpu_hz.has_value());
  CHECK_FALSE(found.held_gpu_hz.has_value());
  CHECK(found.power.cpu.highest_hz == set.highest.cpu_hz);
  CHECK(found.power.gpu.highest_hz == set.highest.gpu_hz);
  CHECK(found.power.emc.highest_hz == set.highest.emc_hz);
}

TEST_CASE("what was found is a start for a fit of fewer rows, which ends near it") {
  const Measurements set = sample_sweep(sample_board().board, 0.01);
  const FormulaFit whole = fit_formulas(set, set.rows, std::nullopt);
  std::vector<Measurement> half;
  for (std::size_t i = 0; i < set.rows.size(); i += 2) half.push_back(set.rows[i]);
  const FormulaFit near = fit_formulas(set, half, whole.found);
  CHECK(near.found.time.size() == whole.found.time.size());
  CHECK(near.found.power.size() == whole.found.power.size());
  CHECK(near.parameters.time.gpu.per_request ==
        Approx(whole.parameters.time.gpu.per_request).epsilon(0.05));
}

TEST_CASE("of very many rows the same ones are used every time") {
  Measurements set = sample_sweep(sample_board().board, 0.01);
  const std::vector<Measurement> once = set.rows;
  while (set.rows.size() <= 400) set.rows.insert(set.rows.end(), once.begin(), once.end());
  const FormulaFit first = fit_formulas(set, set.rows, std::nullopt);
  const FormulaFit second = fit_formulas(set, set.rows, std::nullopt);
  CHECK(first.found.time == second.found.time);
  CHECK(first.found.power == second.found.power);
  CHECK(largest_error(first.parameters, set) < 0.1);
}

TEST_CASE("a single row is fitted, and its own time and power come back") {
  const Measurements set = sample_sweep(sample_board().board, 0.0);
  const std::vector<Measurement> one = {set.rows[7]};
  const FittedParameters found = fit_formulas(set, one, std::nullopt).parameters;
  const RowPrediction prediction = formula(found, set.load, one[0]);
  CHECK(prediction.seconds == Approx(one[0].seconds).epsilon(0.01));
  CHECK(prediction.watts == Approx(one[0].watts).epsilon(0.01));
}
