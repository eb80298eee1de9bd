#include "env/fitting/levenberg_marquardt.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

namespace flyball {

namespace {

constexpr double kFirstDamping = 1e-2;
constexpr double kLeastDamping = 1e-9;
constexpr int kTriesPerIteration = 10;
constexpr double kRelativeGain = 1e-6;  // a smaller one ends the search

double huber(double residual, double width) {
  const double size = std::abs(residual);
  return size > width ? width * (size - 0.5 * width) : 0.5 * size * size;
}

Eigen::VectorXd weights(const LeastSquaresProblem& problem, const Eigen::VectorXd& residuals) {
  Eigen::VectorXd result = Eigen::VectorXd::Ones(residuals.size());
  for (Eigen::Index i = 0; i < problem.robust_count; ++i) {
    const double size = std::abs(residuals[i]);
    if (size > problem.huber_width) result[i] = problem.huber_width / size;
  }
  return result;
}

Eigen::MatrixXd jacobian(const LeastSquaresProblem& problem, const Eigen::VectorXd& parameters,
                         const Eigen::VectorXd& residuals) {
  Eigen::MatrixXd result(residuals.size(), parameters.size());
  Eigen::VectorXd moved = parameters;
  Eigen::VectorXd shifted(residuals.size());
  for (Eigen::Index k = 0; k < parameters.size(); ++k) {
    moved[k] = parameters[k] + problem.step;
    problem.residuals(moved, shifted);
    result.col(k) = (shifted - residuals) / problem.step;
    moved[k] = parameters[k];
  }
  return result;
}

// One damped step that lowers the cost; false when none was found.
bool improve(const LeastSquaresProblem& problem, LeastSquaresResult& best,
             Eigen::VectorXd& residuals, double& damping) {
  const Eigen::MatrixXd slopes = jacobian(problem, best.parameters, residuals);
  const Eigen::VectorXd weight = weights(problem, residuals);
  const Eigen::MatrixXd normal = slopes.transpose() * weight.asDiagonal() * slopes;
  const Eigen::VectorXd gradient = slopes.transpose() * weight.cwiseProduct(residuals);
  Eigen::VectorXd tried(residuals.size());
  for (int attempt = 0; attempt < kTriesPerIteration; ++attempt) {
    Eigen::MatrixXd damped = normal;
    damped.diagonal() += (damping * (normal.diagonal().array() + 1e-6)).matrix();
    const Eigen::VectorXd next = best.parameters - damped.ldlt().solve(gradient);
    problem.residuals(next, tried);
    const double reached = huber_cost(problem, tried);
    if (std::isfinite(reached) && reached < best.cost) {
      best = {next, reached};
      residuals = tried;
      damping = std::max(0.3 * damping, kLeastDamping);
      return true;
    }
    damping *= 4.0;
  }
  return false;
}

}  // namespace

double huber_cost(const LeastSquaresProblem& problem, const Eigen::VectorXd& residuals) {
  const auto robust = residuals.head(problem.robust_count);
  double sum = 0.5 * residuals.tail(residuals.size() - problem.robust_count).squaredNorm();
  for (const double residual : robust) sum += huber(residual, problem.huber_width);
  return sum;
}

LeastSquaresResult minimise(const LeastSquaresProblem& problem, Eigen::VectorXd start) {
  Eigen::VectorXd residuals;
  problem.residuals(start, residuals);
  LeastSquaresResult best{std::move(start), huber_cost(problem, residuals)};
  double damping = kFirstDamping;
  for (int i = 0; i < problem.max_iterations; ++i) {
    const double before = best.cost;
    if (!improve(problem, best, residuals, damping)) break;
    if (before - best.cost < kRelativeGain * best.cost) break;
  }
  return best;
}

}  // namespace flyball
