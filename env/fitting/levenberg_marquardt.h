// Non-linear least squares: Levenberg-Marquardt with Huber weights on the leading residuals. Pure.
#pragma once

#include <Eigen/Core>
#include <functional>

namespace flyball {

// Fills the residuals of a parameter vector, each in units of its standard deviation; the number
// of residuals is the same in every call.
using ResidualFunction =
    std::function<void(const Eigen::VectorXd& parameters, Eigen::VectorXd& residuals)>;

struct LeastSquaresProblem {
  ResidualFunction residuals;
  Eigen::Index robust_count = 0;  // leading residuals with Huber's cost; the rest is quadratic
  double huber_width = 3.0;       // where the cost turns from quadratic to linear
  int max_iterations = 80;
  double step = 1e-5;  // of the forward differences
};

struct LeastSquaresResult {
  Eigen::VectorXd parameters;
  double cost = 0.0;
};

// What is minimised: Huber's cost of the leading residuals, half the squares of the rest.
double huber_cost(const LeastSquaresProblem& problem, const Eigen::VectorXd& residuals);

// From one start; derivatives by forward differences. The cost never rises.
LeastSquaresResult minimise(const LeastSquaresProblem& problem, Eigen::VectorXd start);

}  // namespace flyball
