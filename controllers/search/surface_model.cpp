#include "controllers/search/surface_model.h"

#include <array>
#include <cmath>
#include <numbers>
#include <optional>
#include <utility>

namespace flyball {

namespace {

constexpr double kLevelDeviation = 10.0;  // of the level: nothing is known of it
constexpr double kLeastError = 1e-3;      // keeps the matrix well conditioned
constexpr std::array kScales{0.5, 0.71, 1.0, 1.41, 2.0, 2.83, 4.0};

}  // namespace

SurfaceModel::SurfaceModel(const SearchSpace& space, const QuantityPrior& prior,
                           std::span<const SurfaceSample> samples, double scale)
    : space_(&space), prior_(&prior), scale_(scale) {
  const auto count = static_cast<Eigen::Index>(samples.size());
  Eigen::MatrixXd gram(count, count);
  Eigen::VectorXd rest(count);
  for (const SurfaceSample& sample : samples) candidates_.push_back(sample.candidate);
  for (Eigen::Index i = 0; i < count; ++i) {
    const SurfaceSample& sample = samples[static_cast<std::size_t>(i)];
    rest[i] = sample.log_value - prior.mean[static_cast<Eigen::Index>(sample.candidate)];
    for (Eigen::Index j = 0; j <= i; ++j) {
      gram(i, j) = gram(j, i) =
          covariance(sample.candidate, candidates_[static_cast<std::size_t>(j)]);
    }
    gram(i, i) += sample.error * sample.error + kLeastError * kLeastError;
  }
  factor_.compute(gram);
  weights_ = factor_.solve(rest);
  log_likelihood_ = -0.5 * rest.dot(weights_) - factor_.matrixLLT().diagonal().array().log().sum() -
                    0.5 * static_cast<double>(count) * std::log(2.0 * std::numbers::pi);
}

double SurfaceModel::covariance(std::size_t a, std::size_t b) const {
  const double process = prior_->deviation * prior_->deviation *
                         matern(kernel_distance(*space_, a, b) / prior_->length);
  const double features = prior_->features.row(static_cast<Eigen::Index>(a))
                              .dot(prior_->features.row(static_cast<Eigen::Index>(b)));
  const double roughness = a == b ? prior_->roughness * prior_->roughness : 0.0;
  return kLevelDeviation * kLevelDeviation + scale_ * scale_ * (process + features) + roughness;
}

Eigen::VectorXd SurfaceModel::covariances(std::size_t candidate) const {
  Eigen::VectorXd k(static_cast<Eigen::Index>(candidates_.size()));
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    k[static_cast<Eigen::Index>(i)] = covariance(candidate, candidates_[i]);
  }
  return k;
}

SurfaceModel::Belief SurfaceModel::belief(std::size_t candidate) const {
  const Eigen::VectorXd k = covariances(candidate);
  const double mean = prior_->mean[static_cast<Eigen::Index>(candidate)] + k.dot(weights_);
  const double variance =
      covariance(candidate, candidate) - factor_.matrixL().solve(k).squaredNorm();
  return {mean, std::sqrt(std::max(variance, 0.0))};
}

double SurfaceModel::narrowing(std::size_t sampled, std::size_t wanted, double error) const {
  const Eigen::VectorXd of_sampled = factor_.matrixL().solve(covariances(sampled));
  const Eigen::VectorXd of_wanted = factor_.matrixL().solve(covariances(wanted));
  const double both = covariance(sampled, wanted) - of_sampled.dot(of_wanted);
  const double own = covariance(sampled, sampled) - of_sampled.squaredNorm() + error * error;
  const double before = covariance(wanted, wanted) - of_wanted.squaredNorm();
  return before > 0.0 ? both * both / (own * before) : 0.0;
}

SurfaceModel fitted_model(const SearchSpace& space, const QuantityPrior& prior,
                          std::span<const SurfaceSample> samples) {
  std::optional<SurfaceModel> best;
  double most = 0.0;
  for (const double scale : kScales) {
    SurfaceModel model(space, prior, samples, scale);
    const double density =
        model.log_likelihood() - 0.5 * std::pow(std::log(scale) / std::numbers::ln2, 2);
    if (best && density <= most) continue;
    best = std::move(model);
    most = density;
  }
  return *best;
}

}  // namespace flyball
