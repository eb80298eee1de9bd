// The formulas of env/model/fitted_model.h fitted to rows: robust least squares on the logarithms
// of seconds, then of watts, each with weak beliefs about every parameter. Pure.
#pragma once

#include <Eigen/Core>
#include <optional>
#include <span>
#include <vector>

#include "env/fitting/measurements.h"
#include "env/model/fitted_model.h"

namespace flyball {

struct RowPrediction {
  double seconds = 0.0;  // per batch
  double watts = 0.0;
  double joules() const { return seconds * watts; }
};

// What the formulas say of a row, without the residual.
RowPrediction formula(const FittedParameters& parameters, LoadKind load, const Measurement& row);

// The solver's own coordinates, for a start near an earlier fit.
struct FormulaStart {
  Eigen::VectorXd time;
  Eigen::VectorXd power;
};

struct FormulaFit {
  FittedParameters parameters;  // rails and residual are left empty
  FormulaStart found;
};

// Several starts are tried, or one where `near` is given. Of more than 400 rows so many are used,
// drawn at random, always the same. Requires: rows is not empty.
FormulaFit fit_formulas(const Measurements& set, std::span<const Measurement> rows,
                        const std::optional<FormulaStart>& near);

}  // namespace flyball
