#include "controllers/search/linear_surface.h"

#include <Eigen/Cholesky>
#include <cmath>

#include "controllers/search/normal.h"

namespace flyball {

namespace {

constexpr double kLevelDeviation = 10.0;  // nothing is known of the level
constexpr double kMisfit = 0.01;          // of a surface, relative: what its features cannot say

// The level first.
Eigen::MatrixXd features_of(const SearchSpace& space, const QuantityPrior& prior) {
  const auto knobs = static_cast<Eigen::Index>(space.knob_count());
  const auto rows = static_cast<Eigen::Index>(space.size());
  const Eigen::Index given = prior.features.cols();
  Eigen::MatrixXd features(rows, 1 + given + knobs + knobs * (knobs + 1) / 2);
  features.col(0).setConstant(kLevelDeviation);
  features.middleCols(1, given) = prior.features;
  for (Eigen::Index c = 0; c < rows; ++c) {
    const auto candidate = static_cast<std::size_t>(c);
    const auto x = [&](Eigen::Index k) {
      const auto knob = static_cast<std::size_t>(k);
      return space.logs(candidate)[knob] - space.logs(space.start())[knob];
    };
    Eigen::Index next = 1 + given;
    for (Eigen::Index i = 0; i < knobs; ++i) {
      features(c, next++) = prior.deviation / prior.length * x(i);
      for (Eigen::Index j = 0; j <= i; ++j) {
        features(c, next++) = prior.deviation / (prior.length * prior.length) * x(i) * x(j);
      }
    }
  }
  return features;
}

}  // namespace

LinearSurface::LinearSurface(const SearchSpace& space, const QuantityPrior& prior,
                             double SearchSample::*quantity)
    : prior_(prior), quantity_(quantity), features_(features_of(space, prior)) {}

Eigen::VectorXd LinearSurface::draw(std::span<const SearchSample> samples, std::mt19937_64& random,
                                    double spread) const {
  Eigen::MatrixXd precision = Eigen::MatrixXd::Identity(features_.cols(), features_.cols());
  Eigen::VectorXd sum = Eigen::VectorXd::Zero(features_.cols());
  for (const SearchSample& sample : samples) {
    const auto c = static_cast<Eigen::Index>(sample.candidate);
    const double weight = 1.0 / (sample.error * sample.error + kMisfit * kMisfit);
    precision += weight * features_.row(c).transpose() * features_.row(c);
    sum += weight * (std::log(sample.*quantity_) - prior_.mean[c]) * features_.row(c).transpose();
  }
  const Eigen::LLT<Eigen::MatrixXd> factor(precision);
  Eigen::VectorXd noise(features_.cols());
  for (double& value : noise) value = draw_normal(random);
  const Eigen::VectorXd weights = factor.solve(sum) + factor.matrixU().solve(spread * noise);
  return prior_.mean + features_ * weights;
}

}  // namespace flyball
