#include "env/fitting/gaussian_process.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "env/model/residual.h"

namespace flyball {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kJitter = 1e-10;
constexpr int kMaxIterations = 60;
constexpr double kEnough = 1e-4;  // a smaller gain in log density ends the search

// Hyper-parameters as logarithms: lengths, deviation, noise.
VectorXd to_logs(const GaussianProcessHyper& hyper) {
  VectorXd logs(hyper.lengths.size() + 2);
  logs << hyper.lengths.array().log().matrix(), std::log(hyper.deviation), std::log(hyper.noise);
  return logs;
}

GaussianProcessHyper from_logs(const VectorXd& logs) {
  const Index d = logs.size() - 2;
  return {logs.head(d).array().exp().matrix(), std::exp(logs[d]), std::exp(logs[d + 1])};
}

// Scaled inputs, kernel matrix, and what its derivatives by the lengths have in common.
struct Kernel {
  MatrixXd scaled;
  MatrixXd value;  // without noise
  MatrixXd slope;  // dK/dlog l_k = slope * (difference in coordinate k)^2

  Kernel(const MatrixXd& inputs, const GaussianProcessHyper& hyper)
      : scaled(inputs * hyper.lengths.cwiseInverse().asDiagonal()),
        value(inputs.rows(), inputs.rows()),
        slope(inputs.rows(), inputs.rows()) {
    const double squared = hyper.deviation * hyper.deviation;
    for (Index i = 0; i < inputs.rows(); ++i) {
      for (Index j = 0; j <= i; ++j) {
        const double distance = (scaled.row(i) - scaled.row(j)).norm();
        value(i, j) = value(j, i) = squared * matern32(distance);
        slope(i, j) = slope(j, i) = 3.0 * squared * std::exp(-std::sqrt(3.0) * distance);
      }
    }
  }
};

// The negative log posterior density of the hyper-parameters, up to a constant, and its gradient.
class Objective {
 public:
  Objective(const MatrixXd& inputs, const VectorXd& targets, const GaussianProcessPrior& prior)
      : inputs_(inputs), targets_(targets), mean_(inputs.cols() + 2), spread_(inputs.cols() + 2) {
    const Index d = inputs.cols();
    mean_.head(d).setConstant(std::log(prior.length));
    mean_[d] = std::log(prior.deviation);
    mean_[d + 1] = std::log(prior.noise);
    spread_.head(d).setConstant(prior.length_spread);
    spread_.tail(2).setConstant(prior.spread);
  }

  double operator()(const VectorXd& logs, VectorXd& gradient) const {
    const GaussianProcessHyper hyper = from_logs(logs);
    const Index n = inputs_.rows();
    const Index d = inputs_.cols();
    const Kernel kernel(inputs_, hyper);
    const double noise = hyper.noise * hyper.noise;
    MatrixXd noisy = kernel.value;
    noisy.diagonal().array() += noise + kJitter;
    const Eigen::LLT<MatrixXd> factor(noisy);
    const VectorXd weights = factor.solve(targets_);
    const VectorXd off = (logs - mean_).cwiseQuotient(spread_);
    const MatrixXd inverse = factor.solve(MatrixXd::Identity(n, n));
    const MatrixXd outer = weights * weights.transpose() - inverse;  // eq. 5.9
    gradient = off.cwiseQuotient(spread_);
    for (Index k = 0; k < d; ++k) gradient[k] -= 0.5 * length_slope(kernel, outer, k);
    gradient[d] -= outer.cwiseProduct(kernel.value).sum();
    gradient[d + 1] -= outer.trace() * noise;
    const MatrixXd lower = factor.matrixL();
    return 0.5 * targets_.dot(weights) + lower.diagonal().array().log().sum() +
           0.5 * off.squaredNorm();
  }

 private:
  static double length_slope(const Kernel& kernel, const MatrixXd& outer, Index k) {
    double sum = 0.0;
    for (Index i = 0; i < outer.rows(); ++i) {
      for (Index j = 0; j < i; ++j) {
        const double step = kernel.scaled(i, k) - kernel.scaled(j, k);
        sum += outer(i, j) * kernel.slope(i, j) * step * step;
      }
    }
    return 2.0 * sum;
  }

  const MatrixXd& inputs_;
  const VectorXd& targets_;
  VectorXd mean_;
  VectorXd spread_;
};

// A minimisation by BFGS: where it stands.
struct Descent {
  VectorXd at;
  VectorXd gradient;
  MatrixXd inverse_hessian;
  double value = 0.0;
};

// One step with a backtracking search along the line; false when nothing better was found.
bool descend(const Objective& objective, Descent& descent) {
  VectorXd direction = -descent.inverse_hessian * descent.gradient;
  if (direction.dot(descent.gradient) >= 0.0) {
    descent.inverse_hessian.setIdentity();
    direction = -0.02 * descent.gradient;
  }
  direction /= std::max(1.0, direction.cwiseAbs().maxCoeff());
  VectorXd gradient;
  double length = 1.0;
  for (int attempt = 0; attempt < 15; ++attempt, length *= 0.4) {
    const VectorXd next = descent.at + length * direction;
    const double value = objective(next, gradient);
    const double wanted = descent.value + 1e-4 * length * direction.dot(descent.gradient);
    if (!std::isfinite(value) || value >= wanted) continue;
    const VectorXd step = next - descent.at;
    const VectorXd change = gradient - descent.gradient;
    const double curvature = step.dot(change);
    if (curvature > 1e-10) {
      const MatrixXd identity = MatrixXd::Identity(step.size(), step.size());
      const MatrixXd left = identity - step * change.transpose() / curvature;
      descent.inverse_hessian =
          left * descent.inverse_hessian * left.transpose() + step * step.transpose() / curvature;
    }
    const double gain = descent.value - value;
    descent = {next, gradient, descent.inverse_hessian, value};
    return gain > kEnough;
  }
  return false;
}

}  // namespace

GaussianProcess::GaussianProcess(MatrixXd inputs, VectorXd targets, GaussianProcessHyper hyper)
    : inputs_(std::move(inputs)), targets_(std::move(targets)), hyper_(std::move(hyper)) {
  MatrixXd noisy = Kernel(inputs_, hyper_).value;
  noisy.diagonal().array() += hyper_.noise * hyper_.noise + kJitter;
  factor_.compute(noisy);
  weights_ = factor_.solve(targets_);
}

GaussianProcessHyper GaussianProcess::optimise(const MatrixXd& inputs, const VectorXd& targets,
                                               const GaussianProcessPrior& prior,
                                               const GaussianProcessHyper& start) {
  const Objective objective(inputs, targets, prior);
  Descent descent;
  descent.at = to_logs(start);
  descent.value = objective(descent.at, descent.gradient);
  descent.inverse_hessian = 0.05 * MatrixXd::Identity(descent.at.size(), descent.at.size());
  for (int i = 0; i < kMaxIterations && descend(objective, descent); ++i) {
  }
  return from_logs(descent.at);
}

VectorXd GaussianProcess::kernel(const VectorXd& x) const {
  VectorXd result(inputs_.rows());
  for (Index i = 0; i < inputs_.rows(); ++i) {
    const double distance = (inputs_.row(i).transpose() - x).cwiseQuotient(hyper_.lengths).norm();
    result[i] = hyper_.deviation * hyper_.deviation * matern32(distance);
  }
  return result;
}

double GaussianProcess::mean(const VectorXd& x) const { return kernel(x).dot(weights_); }

double GaussianProcess::variance(const VectorXd& x) const {
  const VectorXd near = kernel(x);
  return std::max(0.0, hyper_.deviation * hyper_.deviation - near.dot(factor_.solve(near)));
}

double GaussianProcess::log_likelihood() const {
  const MatrixXd lower = factor_.matrixL();
  return -0.5 * targets_.dot(weights_) - lower.diagonal().array().log().sum() -
         0.5 * static_cast<double>(targets_.size()) * std::log(2.0 * std::numbers::pi);
}

GaussianProcess::LeaveOneOut GaussianProcess::leave_one_out() const {
  const MatrixXd inverse = factor_.solve(MatrixXd::Identity(inputs_.rows(), inputs_.rows()));
  const VectorXd precision = inverse.diagonal();
  return {weights_.cwiseQuotient(precision), precision.cwiseInverse().cwiseSqrt()};
}

}  // namespace flyball
