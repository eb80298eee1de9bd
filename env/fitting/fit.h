// A work model from measurements: the formulas, a Gaussian process on what they leave over, and
// the rows that fit neither. Pure; the same rows, the same bits.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "env/fitting/formula_fit.h"
#include "env/fitting/gaussian_process.h"
#include "env/fitting/measurements.h"
#include "env/model/fitted_model.h"

namespace flyball {

enum class ResidualKind : std::uint8_t { kNone, kGaussianProcess };

// A row that neither formulas nor its neighbours explain; the fit leaves it out.
struct OutlierRow {
  Measurement row;
  RowPrediction expected;
};

// Where a fit on other rows of the same sweep ended; only saves time.
struct FitStart {
  FormulaStart formulas;
  std::optional<GaussianProcessHyper> time;
  std::optional<GaussianProcessHyper> energy;
};

struct Fit {
  LoadKind load = LoadKind::kBatches;
  FittedParameters parameters;  // rails are left empty
  FitStart found;
  std::vector<OutlierRow> outliers;
  std::size_t rows = 0;           // that were used
  std::size_t residual_rows = 0;  // of these, the process rests on so many

  std::optional<GaussianProcess> energy_process;  // on the logarithm of energy
  std::optional<GaussianProcess> time_process;    // on that of seconds

  RowPrediction predict(const Measurement& row) const;
  // Standard deviation of the logarithm of the predicted energy: large where nothing was measured
  // near; 0 without a process.
  double energy_deviation(const Measurement& row) const;
  double time_deviation(const Measurement& row) const;
};

// Where a row stands among the knobs: the logarithms of their values.
Eigen::VectorXd log_coordinates(const Measurement& row, std::span<const FitKnob> knobs);
// One row each.
Eigen::MatrixXd log_coordinates(std::span<const Measurement> rows, std::span<const FitKnob> knobs);

// The process's parameters come from at most 200 rows and it rests on at most 500, drawn at random.
// Requires: at least fewest_rows() rows.
Fit fit_rows(const Measurements& set, std::span<const Measurement> rows, ResidualKind residual,
             const FitStart* near = nullptr);

}  // namespace flyball
