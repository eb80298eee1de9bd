#include "env/fitting/gaussian_process.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
#include <random>

#include "env/fitting/levenberg_marquardt.h"

using namespace flyball;

namespace {

GaussianProcessHyper hyper(double length, double deviation, double noise) {
  return {Eigen::VectorXd::Constant(1, length), deviation, noise};
}

double kernel(double distance) {
  const double r = std::sqrt(3.0) * distance;
  return (1.0 + r) * std::exp(-r);
}

}  // namespace

TEST_CASE("the posterior of two measurements is that of the two-by-two system by hand") {
  // K = 4 [[1, k], [k, 1]], k at distance 1; noise 0.5; y = (1, -2); asked at 0.25.
  Eigen::MatrixXd inputs(2, 1);
  inputs << 0.0, 1.0;
  const GaussianProcess process(inputs, Eigen::Vector2d(1.0, -2.0), hyper(1.0, 2.0, 0.5));
  const double a = 4.0 + 0.25;
  const double b = 4.0 * kernel(1.0);
  const double determinant = a * a - b * b;
  const double w0 = (a * 1.0 - b * -2.0) / determinant;
  const double w1 = (a * -2.0 - b * 1.0) / determinant;
  const double k0 = 4.0 * kernel(0.25);
  const double k1 = 4.0 * kernel(0.75);
  const Eigen::VectorXd x = Eigen::VectorXd::Constant(1, 0.25);
  CHECK(process.mean(x) == doctest::Approx(k0 * w0 + k1 * w1));
  const double explained = (a * k0 * k0 - 2.0 * b * k0 * k1 + a * k1 * k1) / determinant;
  CHECK(process.variance(x) == doctest::Approx(4.0 - explained));
  const double likelihood =
      -0.5 * (w0 - 2.0 * w1) - 0.5 * std::log(determinant) - std::log(2.0 * std::numbers::pi);
  CHECK(process.log_likelihood() == doctest::Approx(likelihood));
}

TEST_CASE("leaving one out is the same as fitting without it") {
  Eigen::MatrixXd inputs(3, 1);
  inputs << 0.0, 0.6, 1.5;
  const Eigen::Vector3d targets(1.0, 0.2, -0.7);
  const GaussianProcess all(inputs, targets, hyper(0.8, 1.0, 0.1));
  Eigen::MatrixXd others(2, 1);
  others << 0.0, 1.5;
  const GaussianProcess without(others, Eigen::Vector2d(1.0, -0.7), hyper(0.8, 1.0, 0.1));
  const Eigen::VectorXd x = Eigen::VectorXd::Constant(1, 0.6);
  const GaussianProcess::LeaveOneOut left = all.leave_one_out();
  CHECK(left.error[1] == doctest::Approx(0.2 - without.mean(x)));
  CHECK(left.deviation[1] == doctest::Approx(std::sqrt(without.variance(x) + 0.01)));
}

TEST_CASE("hyper-parameters: noise and the coordinate that matters are found") {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> uniform(0.0, 3.0);
  std::normal_distribution<double> noise(0.0, 0.02);
  Eigen::MatrixXd inputs(120, 2);
  Eigen::VectorXd targets(120);
  for (Eigen::Index i = 0; i < 120; ++i) {
    inputs(i, 0) = uniform(random);
    inputs(i, 1) = uniform(random);
    targets[i] = 0.3 * std::sin(2.0 * inputs(i, 0)) + noise(random);
  }
  GaussianProcessHyper start{Eigen::VectorXd::Ones(2), 0.1, 0.01};
  const GaussianProcessHyper found = GaussianProcess::optimise(inputs, targets, {}, start);
  CHECK(found.noise == doctest::Approx(0.02).epsilon(0.25));
  CHECK(found.lengths[1] > 3.0 * found.lengths[0]);
  CHECK(GaussianProcess(inputs, targets, found).log_likelihood() >
        GaussianProcess(inputs, targets, start).log_likelihood());
}

TEST_CASE("least squares finds an exponential's parameters, and an outlier does not move them") {
  LeastSquaresProblem problem;
  problem.robust_count = 20;
  problem.residuals = [](const Eigen::VectorXd& p, Eigen::VectorXd& residuals) {
    residuals.resize(20);
    for (Eigen::Index i = 0; i < 20; ++i) {
      const double x = 0.1 * static_cast<double>(i);
      const double measured = 2.0 * std::exp(-1.5 * x) + (i == 7 ? 1.0 : 0.0);
      residuals[i] = (p[0] * std::exp(-p[1] * x) - measured) / 0.01;
    }
  };
  const LeastSquaresResult found = minimise(problem, Eigen::Vector2d(1.0, 0.5));
  CHECK(found.parameters[0] == doctest::Approx(2.0).epsilon(0.01));
  CHECK(found.parameters[1] == doctest::Approx(1.5).epsilon(0.01));
}
