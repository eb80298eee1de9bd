#include "agent/smooth_regression.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>

#include "agent/action_features.h"
#include "agent/cholesky.h"

namespace flyball {

namespace {

constexpr std::size_t kBlocks = 10;
constexpr std::array kRidges = {0.01, 0.1, 1.0, 10.0};
constexpr std::array kDecays = {2.0, 3.0, 5.0, 10.0};
constexpr double kLeastPrecision = 1e-9;  // of what has no prior, so that it can be solved

// sum w psi psi', sum w psi y and sum w y^2 of some rows.
struct NormalEquations {
  std::vector<double> matrix;  // the lower triangle
  std::vector<double> right;
  double squares = 0.0;

  explicit NormalEquations(std::size_t size) : matrix(size * size), right(size) {}

  void add(std::span<const double> psi, double target, double weight) {
    const std::size_t size = right.size();
    for (std::size_t i = 0; i < size; ++i) {
      const double weighted = weight * psi[i];
      right[i] += weighted * target;
      for (std::size_t k = 0; k <= i; ++k) matrix[i * size + k] += weighted * psi[k];
    }
    squares += weight * target * target;
  }

  void add(const NormalEquations& other) {
    for (std::size_t i = 0; i < matrix.size(); ++i) matrix[i] += other.matrix[i];
    for (std::size_t i = 0; i < right.size(); ++i) right[i] += other.right[i];
    squares += other.squares;
  }

  // Of the first theta.size() features: sum w (y - psi' theta)^2.
  double squared_errors(std::span<const double> theta) const {
    double sum = squares;
    for (std::size_t i = 0; i < theta.size(); ++i) {
      sum -= 2.0 * right[i] * theta[i];
      const double* row = matrix.data() + i * right.size();
      for (std::size_t k = 0; k < i; ++k) sum += 2.0 * theta[i] * row[k] * theta[k];
      sum += theta[i] * row[i] * theta[i];
    }
    return std::max(sum, 0.0);
  }
};

// psi(x, a): the products of the settings' features, lowest degree first, with 1 and x.
class Columns {
 public:
  Columns(const RegressionRows& rows, const Tensor& phi, std::vector<std::size_t> features,
          bool with_observation)
      : phi_(phi), features_(std::move(features)) {
    const std::size_t count = rows.actions.size();
    const std::size_t inputs = with_observation ? rows.observations.size() / count : 0;
    means_.assign(inputs, 0.0);
    scales_.assign(inputs, 0.0);
    const auto each = [&](auto&& use) {
      for (std::size_t row = 0; row < count; ++row) {
        for (std::size_t i = 0; i < inputs; ++i) {
          use(i, static_cast<double>(rows.observations[row * inputs + i]));
        }
      }
    };
    const auto share = 1.0 / static_cast<double>(count);
    each([&](std::size_t i, double x) { means_[i] += x * share; });
    each([&](std::size_t i, double x) { scales_[i] += (x - means_[i]) * (x - means_[i]) * share; });
    for (double& scale : scales_) scale = scale > 1e-10 ? 1.0 / std::sqrt(scale) : 0.0;
  }

  std::size_t inputs() const { return means_.size(); }
  double mean(std::size_t input) const { return means_[input]; }
  double scale(std::size_t input) const { return scales_[input]; }
  bool varies() const {
    return std::any_of(scales_.begin(), scales_.end(), [](double s) { return s > 0.0; });
  }
  std::size_t degrees() const { return features_.size(); }
  // Those up to a degree.
  std::size_t size(std::size_t degree) const { return features_[degree - 1] * (1 + inputs()); }

  void write(std::span<const float> observation, std::uint32_t action,
             std::span<double> psi) const {
    const float* row = phi_.values.data() + action * phi_.shape[1];
    std::size_t at = 0;
    for (std::size_t f = 0; f < features_.back(); ++f) {
      const auto value = static_cast<double>(row[f]);
      psi[at++] = value;
      for (std::size_t i = 0; i < inputs(); ++i) {
        psi[at++] = value * (static_cast<double>(observation[i]) - means_[i]) * scales_[i];
      }
    }
  }

  // Prior precisions of the columns up to the form's degree.
  std::vector<double> precisions(const RegressionForm& form) const {
    std::vector<double> values;
    std::size_t degree = 0;
    for (std::size_t f = 0; f < features_[form.degree - 1]; ++f) {
      while (f > 0 && f >= (degree == 0 ? 1 : features_[degree - 1])) ++degree;
      const double own = form.ridge * std::pow(form.decay, static_cast<double>(degree));
      values.push_back(f == 0 ? kLeastPrecision : own);  // nothing is known of the mean
      values.insert(values.end(), inputs(), own * form.decay);
    }
    return values;
  }

 private:
  const Tensor& phi_;
  std::vector<std::size_t> features_;  // up to degree 1, 2, ...
  std::vector<double> means_;          // of the inputs that count
  std::vector<double> scales_;         // 0: the same in all rows
};

struct Posterior {
  std::vector<double> factor;  // of the precision, in units of the noise
  std::vector<double> theta;

  // psi' precision^-1 psi
  double variance(std::vector<double> psi) const {
    solve_lower(factor, psi);
    double sum = 0.0;
    for (const double value : psi) sum += value * value;
    return sum;
  }
};

// The first precisions.size() features of `all` without `less`, if given.
std::optional<Posterior> solve(const NormalEquations& all, const NormalEquations* less,
                               std::span<const double> precisions) {
  const std::size_t stride = all.right.size();
  const std::size_t size = precisions.size();
  Posterior posterior{std::vector<double>(size * size), std::vector<double>(size)};
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t k = 0; k <= i; ++k) {
      posterior.factor[i * size + k] =
          all.matrix[i * stride + k] - (less != nullptr ? less->matrix[i * stride + k] : 0.0);
    }
    posterior.factor[i * size + i] += precisions[i];
    posterior.theta[i] = all.right[i] - (less != nullptr ? less->right[i] : 0.0);
  }
  if (!factorise(posterior.factor, size)) return std::nullopt;
  solve_lower(posterior.factor, posterior.theta);
  solve_upper(posterior.factor, posterior.theta);
  return posterior;
}

// The normal equations by blocks of the log, and the choice between forms on them.
class BlockedLog {
 public:
  BlockedLog(const RegressionRows& rows, std::span<const double> targets, const Columns& columns)
      : columns_(columns), all_(columns.size(columns.degrees())) {
    const std::size_t count = targets.size();
    const std::size_t blocks = std::min(kBlocks, count);
    blocks_.assign(blocks, all_);
    std::vector<double> psi(all_.right.size());
    for (std::size_t row = 0; row < count; ++row) {
      columns.write(rows.observations.subspan(row * columns.inputs(), columns.inputs()),
                    rows.actions[row], psi);
      blocks_[row * blocks / count].add(psi, targets[row], rows.weights[row]);
    }
    for (const NormalEquations& block : blocks_) all_.add(block);
  }

  const NormalEquations& all() const { return all_; }

  // Squared errors on blocks that were left out; infinite where it cannot be solved.
  double held_out(const RegressionForm& form) const {
    const std::vector<double> precisions = columns_.precisions(form);
    double errors = 0.0;
    for (const NormalEquations& block : blocks_) {
      const auto fit = solve(all_, &block, precisions);
      if (!fit) return std::numeric_limits<double>::infinity();
      errors += block.squared_errors(fit->theta);
    }
    return errors;
  }

 private:
  const Columns& columns_;
  NormalEquations all_;
  std::vector<NormalEquations> blocks_;
};

struct Chosen {
  RegressionForm form;
  double errors = std::numeric_limits<double>::infinity();  // squared, held out
};

void consider(const BlockedLog& log, const Columns& columns, Chosen& best) {
  for (std::size_t degree = 1; degree <= columns.degrees(); ++degree) {
    for (const double decay : kDecays) {
      for (const double ridge : kRidges) {
        const RegressionForm form{degree, ridge, decay, columns.inputs() > 0};
        const double errors = log.held_out(form);
        if (errors < best.errors) best = {form, errors};
      }
    }
  }
}

// Rows weigh in the noise what they weigh in the fit; each degree of freedom takes one away.
double noise_of(const RegressionRows& rows, const NormalEquations& all, const Columns& columns,
                const Posterior& posterior) {
  std::vector<double> psi(all.right.size());
  double freedom = 0.0;
  for (std::size_t row = 0; row < rows.actions.size(); ++row) {
    columns.write(rows.observations.subspan(row * columns.inputs(), columns.inputs()),
                  rows.actions[row], psi);
    freedom +=
        rows.weights[row] *
        posterior.variance(
            {psi.begin(), psi.begin() + static_cast<std::ptrdiff_t>(posterior.theta.size())});
  }
  const double left = std::max(static_cast<double>(rows.actions.size()) - freedom, 1.0);
  return std::sqrt(all.squared_errors(posterior.theta) / left);
}

// theta of the columns as it goes into a network: bias and weights of the observation as it is.
void write_layer(const Columns& columns, const Posterior& posterior, std::size_t inputs,
                 SmoothFit& fit) {
  const std::size_t stride = 1 + columns.inputs();
  const std::size_t features = posterior.theta.size() / stride;
  fit.bias.assign(features, 0.0);
  fit.weights.assign(features * inputs, 0.0);
  for (std::size_t f = 0; f < features; ++f) {
    fit.bias[f] = posterior.theta[f * stride];
    for (std::size_t i = 0; i < columns.inputs(); ++i) {
      const double weight = posterior.theta[f * stride + 1 + i] * columns.scale(i);
      fit.weights[f * inputs + i] = weight;
      fit.bias[f] -= weight * columns.mean(i);
    }
  }
}

// Mean and deviation of every setting, at the mean observation.
void write_settings(const Columns& columns, const Posterior& posterior, SmoothFit& fit) {
  const std::size_t stride = 1 + columns.inputs();
  const std::size_t width = fit.phi.shape[1];
  std::vector<double> psi(posterior.theta.size(), 0.0);
  for (std::size_t action = 0; action < fit.phi.shape[0]; ++action) {
    double mean = 0.0;
    for (std::size_t f = 0; f * stride < psi.size(); ++f) {
      psi[f * stride] = static_cast<double>(fit.phi.values[action * width + f]);
      mean += psi[f * stride] * posterior.theta[f * stride];
    }
    fit.means.push_back(mean);
    fit.deviations.push_back(fit.noise * std::sqrt(posterior.variance(psi)));
  }
}

void keep_features(Tensor& phi, std::size_t features) {
  Tensor kept{{phi.shape[0], features}, {}};
  for (std::size_t action = 0; action < phi.shape[0]; ++action) {
    const auto row = phi.values.begin() + static_cast<std::ptrdiff_t>(action * phi.shape[1]);
    kept.values.insert(kept.values.end(), row, row + static_cast<std::ptrdiff_t>(features));
  }
  phi = std::move(kept);
}

}  // namespace

double SmoothFit::value(std::size_t action, double above) const {
  const double raw = means[action] + above * deviations[action];
  return logarithmic ? std::exp(raw) : raw;
}

SmoothFit fit_smooth(const RegressionRows& rows, std::span<const Knob> knobs,
                     std::span<const std::uint8_t> support, const RegressionOptions& options) {
  const std::size_t count = rows.actions.size();
  if (count < 2) throw std::invalid_argument("least squares needs at least two rows");
  SmoothFit fit;
  std::vector<std::size_t> features;
  for (std::size_t d = 1; d <= options.degree; ++d) {
    fit.phi = action_features(knobs, d, support);
    features.push_back(fit.phi.shape[1]);
  }
  std::vector<double> targets(rows.targets.begin(), rows.targets.end());
  fit.logarithmic = options.may_take_logarithm &&
                    std::all_of(targets.begin(), targets.end(), [](double y) { return y > 0.0; });
  if (fit.logarithmic) {
    for (double& y : targets) y = std::log(y);
  }
  const std::size_t inputs = rows.observations.size() / count;
  const Columns settings(rows, fit.phi, features, false);
  const Columns seen(rows, fit.phi, features, true);
  const BlockedLog without({{}, rows.actions, rows.targets, rows.weights}, targets, settings);
  std::optional<BlockedLog> with;
  Chosen best;
  consider(without, settings, best);
  if (seen.varies()) {
    with.emplace(rows, targets, seen);
    consider(*with, seen, best);
  }
  fit.form = best.form;
  fit.held_out = std::sqrt(best.errors / static_cast<double>(count));
  const Columns& columns = fit.form.with_observation ? seen : settings;
  const NormalEquations& all = fit.form.with_observation ? with->all() : without.all();
  const Posterior posterior = *solve(all, nullptr, columns.precisions(fit.form));
  fit.noise = noise_of(rows, all, columns, posterior);
  keep_features(fit.phi, features[fit.form.degree - 1]);
  write_layer(columns, posterior, inputs, fit);
  write_settings(columns, posterior, fit);
  if (fit.logarithmic) {  // of a lognormal the mean counts, not the median
    const double rise = 0.5 * fit.noise * fit.noise;
    fit.bias.front() += rise;
    for (double& mean : fit.means) mean += rise;
  }
  return fit;
}

}  // namespace flyball
