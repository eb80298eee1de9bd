#include "controllers/search/local_fit.h"

#include <Eigen/Cholesky>
#include <cmath>

namespace flyball {

namespace {

// Before any sample: a clock's share of the time is one among equals; a lower clock saves a little.
constexpr double kJoulesSlope = 0.1;
constexpr double kSlopeDeviation = 0.3;
constexpr double kCurvature = 0.02;  // what a line misses within its reach, relative

Eigen::VectorXd slopes_before(const SearchSpace& space, double of_clocks) {
  Eigen::VectorXd line = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(space.knob_count()) + 1);
  for (std::size_t k = 0; k < space.knob_count(); ++k) {
    const bool is_clock = !space.knobs()[k].is_application();
    line[static_cast<Eigen::Index>(k) + 1] = is_clock ? of_clocks : 0.0;
  }
  return line;
}

}  // namespace

LocalFit::LocalFit(const SearchSpace& space, std::span<const SearchSample> samples,
                   std::size_t centre, double reach)
    : space_(&space), centre_(centre) {
  const auto knobs = static_cast<Eigen::Index>(space.knob_count());
  const Eigen::VectorXd seconds_before = slopes_before(space, -1.0 / static_cast<double>(knobs));
  const Eigen::VectorXd joules_before = slopes_before(space, kJoulesSlope);
  Eigen::MatrixXd normal = Eigen::MatrixXd::Zero(knobs + 1, knobs + 1);
  Eigen::VectorXd seconds = Eigen::VectorXd::Zero(knobs + 1);
  Eigen::VectorXd joules = seconds;
  for (Eigen::Index k = 1; k <= knobs; ++k) normal(k, k) = 1.0 / std::pow(kSlopeDeviation, 2);
  for (const SearchSample& sample : samples) {
    Eigen::VectorXd x(knobs + 1);
    x[0] = 1.0;
    for (Eigen::Index k = 0; k < knobs; ++k) {
      const auto knob = static_cast<std::size_t>(k);
      x[k + 1] = space.logs(sample.candidate)[knob] - space.logs(centre)[knob];
    }
    const double near = std::exp(-0.5 * std::pow(x.tail(knobs).norm() / reach, 2)) + 1e-9;
    const double weight = near / (sample.error * sample.error + kCurvature * kCurvature);
    normal += weight * x * x.transpose();
    seconds += weight * (std::log(sample.seconds) - seconds_before.dot(x)) * x;
    joules += weight * (std::log(sample.joules) - joules_before.dot(x)) * x;
  }
  const Eigen::LLT<Eigen::MatrixXd> factor(normal);
  seconds_ = seconds_before + factor.solve(seconds);
  joules_ = joules_before + factor.solve(joules);
}

double LocalFit::predict(const Eigen::VectorXd& line, std::size_t candidate) const {
  double sum = line[0];
  for (std::size_t k = 0; k < space_->knob_count(); ++k) {
    sum += line[static_cast<Eigen::Index>(k) + 1] *
           (space_->logs(candidate)[k] - space_->logs(centre_)[k]);
  }
  return sum;
}

}  // namespace flyball
