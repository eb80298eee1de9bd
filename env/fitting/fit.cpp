#include "env/fitting/fit.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "env/statistics.h"

namespace flyball {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr std::size_t kMostHyperRows = 200;
constexpr std::size_t kMostResidualRows = 500;
// A row is an outlier when it is off by so much, and by so many times what is usual.
constexpr double kLeastOutlier = 0.15;
constexpr double kOutlierDeviations = 6.0;
constexpr double kProcessDeviations = 5.0;  // of what the process does not know there
constexpr int kFewestBeside = 3;  // rows at its level or beyond, on both sides of every knob
constexpr double kNormalPerMedian = 1.4826;

std::vector<double> coordinates(const Measurement& row, std::span<const FitKnob> knobs) {
  std::vector<double> values;
  for (const FitKnob knob : knobs) values.push_back(Measurements::value(row, knob));
  return values;
}

// What formulas leave over of a row: logarithms of measured over predicted.
struct LogErrors {
  VectorXd time;
  VectorXd energy;
  // What the process does not know there without the row; 0: not asked.
  VectorXd time_deviation;
  VectorXd energy_deviation;
};

template <typename Predict>
LogErrors log_errors(std::span<const Measurement> rows, const Predict& predict) {
  const VectorXd zeros = VectorXd::Zero(std::ssize(rows));
  LogErrors errors{zeros, zeros, zeros, zeros};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const RowPrediction expected = predict(rows[i]);
    errors.time[static_cast<Index>(i)] = std::log(rows[i].seconds / expected.seconds);
    errors.energy[static_cast<Index>(i)] = std::log(rows[i].joules() / expected.joules());
  }
  return errors;
}

double usual_size(const VectorXd& errors) {
  std::vector<double> sizes;
  for (const double error : errors) sizes.push_back(std::abs(error));
  return std::max(kNormalPerMedian * upper_median(std::move(sizes)), 1e-4);
}

// In any order, always the same.
std::vector<Measurement> shuffled(std::span<const Measurement> rows) {
  std::vector<Measurement> result(rows.begin(), rows.end());
  std::mt19937_64 random(0);
  std::shuffle(result.begin(), result.end(), random);
  return result;
}

GaussianProcessHyper first_guess(Index knobs, const VectorXd& targets) {
  GaussianProcessHyper hyper;
  hyper.lengths = VectorXd::Constant(knobs, GaussianProcessPrior{}.length);
  hyper.deviation =
      std::max(0.01, std::sqrt(targets.squaredNorm() / static_cast<double>(targets.size())));
  return hyper;
}

GaussianProcess process_of(const MatrixXd& inputs, const VectorXd& targets,
                           std::optional<GaussianProcessHyper>& hyper) {
  const Index few = std::min<Index>(inputs.rows(), kMostHyperRows);
  hyper = GaussianProcess::optimise(inputs.topRows(few), targets.head(few), {},
                                    hyper ? *hyper : first_guess(inputs.cols(), targets));
  return {inputs, targets, *hyper};
}

ResidualOutput output_of(const GaussianProcess& process) {
  ResidualOutput output;
  const GaussianProcessHyper& hyper = process.hyper();
  output.lengths.assign(hyper.lengths.begin(), hyper.lengths.end());
  output.deviation = hyper.deviation;
  output.weights.assign(process.weights().begin(), process.weights().end());
  return output;
}

// Adds the process to a fit of the formulas and returns, per row, how far it is from what the
// others predict.
LogErrors add_residual(const Measurements& set, std::span<const Measurement> rows, Fit& fit) {
  const auto formulas = [&](const Measurement& row) {
    return formula(fit.parameters, fit.load, row);
  };
  LogErrors errors = log_errors(rows, formulas);
  const auto count = std::min(rows.size(), kMostResidualRows);  // the rows are in random order
  const auto few = static_cast<Index>(count);
  const MatrixXd inputs = log_coordinates(rows.first(count), set.varied);
  const GaussianProcess time = process_of(inputs, errors.time.head(few), fit.found.time);
  const GaussianProcess energy = process_of(inputs, errors.energy.head(few), fit.found.energy);
  Residual& residual = fit.parameters.residual;
  residual.knobs = set.varied;
  residual.inputs.clear();
  for (const Measurement& row : rows.first(count)) {
    residual.inputs.push_back(coordinates(row, set.varied));
  }
  residual.time = output_of(time);
  residual.energy = output_of(energy);
  fit.energy_process = energy;
  fit.time_process = time;
  fit.residual_rows = count;
  LogErrors left = log_errors(rows, [&](const Measurement& row) { return fit.predict(row); });
  // Of the rows it rests on: without themselves.
  const auto take = [few](const GaussianProcess& process, VectorXd& error, VectorXd& deviation) {
    const GaussianProcess::LeaveOneOut others = process.leave_one_out();
    const double noise = process.hyper().noise;
    error.head(few) = others.error;
    deviation.head(few) =
        (others.deviation.array().square() - noise * noise).max(0.0).sqrt().matrix();
  };
  take(time, left.time, left.time_deviation);
  take(energy, left.energy, left.energy_deviation);
  return left;
}

// One fit on exactly these rows; `left`: how far each is from the rest.
Fit fit_once(const Measurements& set, std::span<const Measurement> rows, ResidualKind residual,
             const FitStart* near, LogErrors& left) {
  Fit fit;
  fit.load = set.load;
  FormulaFit formulas =
      fit_formulas(set, rows, near != nullptr ? std::optional(near->formulas) : std::nullopt);
  fit.parameters = std::move(formulas.parameters);
  if (near != nullptr) fit.found = *near;
  fit.found.formulas = std::move(formulas.found);
  fit.rows = rows.size();
  if (residual == ResidualKind::kGaussianProcess) {
    left = add_residual(set, rows, fit);
  } else {
    left = log_errors(rows, [&](const Measurement& row) { return fit.predict(row); });
  }
  return fit;
}

// At the edge of a sweep there is nobody to tell an outlier from the way things are there.
bool is_surrounded(const Measurements& set, std::span<const Measurement> rows,
                   const Measurement& row) {
  return std::all_of(set.varied.begin(), set.varied.end(), [&](FitKnob knob) {
    const double own = Measurements::value(row, knob);
    const auto beside = [&](auto is_beyond) {
      return std::count_if(rows.begin(), rows.end(), [&](const Measurement& other) {
        return is_beyond(Measurements::value(other, knob), own);
      });
    };
    return beside(std::less_equal<>{}) > kFewestBeside &&
           beside(std::greater_equal<>{}) > kFewestBeside;
  });
}

// Whether rows next to it are off from the formulas in the same way: then that is how things are
// there, as below a clock at which something else stalls. `errors`: of the formulas alone.
bool neighbours_agree(const MatrixXd& inputs, const VectorXd& errors, Index row) {
  constexpr std::size_t kNeighbours = 3;
  constexpr std::size_t kEnough = 2;
  const Eigen::RowVectorXd span =
      (inputs.colwise().maxCoeff() - inputs.colwise().minCoeff()).cwiseMax(1e-9);
  std::vector<std::pair<double, double>> others;  // distance, error
  for (Index i = 0; i < inputs.rows(); ++i) {
    if (i == row) continue;
    others.emplace_back((inputs.row(i) - inputs.row(row)).cwiseQuotient(span).norm(), errors[i]);
  }
  const std::size_t count = std::min(kNeighbours, others.size());
  std::partial_sort(others.begin(), others.begin() + static_cast<std::ptrdiff_t>(count),
                    others.end());
  std::size_t agreeing = 0;
  for (std::size_t i = 0; i < count; ++i) {
    agreeing += others[i].second / errors[row] >= 0.5 ? 1 : 0;
  }
  return agreeing >= kEnough;
}

std::vector<bool> outliers(const Measurements& set, std::span<const Measurement> rows,
                           const LogErrors& errors, const LogErrors& of_formulas) {
  const auto limits = [](const VectorXd& error, const VectorXd& deviation) {
    const double least = std::max(kLeastOutlier, kOutlierDeviations * usual_size(error));
    return (kProcessDeviations * deviation).cwiseMax(least).eval();
  };
  const VectorXd time = limits(errors.time, errors.time_deviation);
  const VectorXd energy = limits(errors.energy, errors.energy_deviation);
  const MatrixXd inputs = log_coordinates(rows, set.varied);
  std::vector<bool> result(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = static_cast<Index>(i);
    const auto is_off = [&](const VectorXd& error, const VectorXd& limit, const VectorXd& formula) {
      return std::abs(error[row]) > limit[row] && !neighbours_agree(inputs, formula, row);
    };
    result[i] = (is_off(errors.time, time, of_formulas.time) ||
                 is_off(errors.energy, energy, of_formulas.energy)) &&
                is_surrounded(set, rows, rows[i]);
  }
  return result;
}

std::vector<Measurement> without(std::span<const Measurement> rows, const std::vector<bool>& out) {
  std::vector<Measurement> kept;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!out[i]) kept.push_back(rows[i]);
  }
  return kept;
}

}  // namespace

RowPrediction Fit::predict(const Measurement& row) const {
  RowPrediction prediction = formula(parameters, load, row);
  const Residual& residual = parameters.residual;
  if (residual.knobs.empty()) return prediction;
  const std::vector<double> x = coordinates(row, residual.knobs);
  const double time = correction(residual, residual.time, x);
  const double energy = correction(residual, residual.energy, x);
  prediction.seconds *= std::exp(time);
  prediction.watts *= std::exp(energy - time);
  return prediction;
}

double Fit::energy_deviation(const Measurement& row) const {
  if (!energy_process) return 0.0;
  return std::sqrt(energy_process->variance(log_coordinates(row, parameters.residual.knobs)));
}

double Fit::time_deviation(const Measurement& row) const {
  if (!time_process) return 0.0;
  return std::sqrt(time_process->variance(log_coordinates(row, parameters.residual.knobs)));
}

VectorXd log_coordinates(const Measurement& row, std::span<const FitKnob> knobs) {
  VectorXd x(static_cast<Index>(knobs.size()));
  for (std::size_t k = 0; k < knobs.size(); ++k) {
    x[static_cast<Index>(k)] = std::log(Measurements::value(row, knobs[k]));
  }
  return x;
}

MatrixXd log_coordinates(std::span<const Measurement> rows, std::span<const FitKnob> knobs) {
  MatrixXd inputs(std::ssize(rows), std::ssize(knobs));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    inputs.row(static_cast<Index>(i)) = log_coordinates(rows[i], knobs).transpose();
  }
  return inputs;
}

Fit fit_rows(const Measurements& set, std::span<const Measurement> all, ResidualKind residual,
             const FitStart* near) {
  const std::vector<Measurement> rows = shuffled(all);
  LogErrors left;
  Fit fit = fit_once(set, rows, residual, near, left);
  const auto formula_errors = [&](const Fit& of) {
    return log_errors(rows,
                      [&](const Measurement& row) { return formula(of.parameters, of.load, row); });
  };
  std::vector<bool> out = outliers(set, rows, left, formula_errors(fit));
  if (std::count(out.begin(), out.end(), true) == 0) return fit;
  // A row beside an outlier may only have been pulled by it: it is judged once more without.
  fit = fit_once(set, without(rows, out), residual, &fit.found, left);
  const LogErrors again =
      log_errors(rows, [&](const Measurement& row) { return fit.predict(row); });
  const std::vector<bool> still = outliers(set, rows, again, formula_errors(fit));
  for (std::size_t i = 0; i < rows.size(); ++i) out[i] = out[i] && still[i];
  fit = fit_once(set, without(rows, out), residual, &fit.found, left);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (out[i]) fit.outliers.push_back({rows[i], fit.predict(rows[i])});
  }
  std::sort(fit.outliers.begin(), fit.outliers.end(),
            [](const OutlierRow& a, const OutlierRow& b) { return a.row.line < b.row.line; });
  return fit;
}

}  // namespace flyball
