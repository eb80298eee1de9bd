#include "controllers/corun_predictor.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace flyball {

namespace {

constexpr double kUnknown = 2.0;
constexpr double kFirstVariance = 1e4;  // the ridge is its inverse
constexpr double kDrift = 1e-2;         // of a coefficient's variance, per sample online

}  // namespace

CorunPredictor::CorunPredictor(FeatureScale scale) : scale_(scale) {
  for (std::size_t i = 0; i < kSize; ++i) covariance_[i][i] = kFirstVariance;
}

CorunPredictor::Row CorunPredictor::row_of(const CorunFeatures& f) const {
  const Row plain = {1.0,           f.inference_work,   f.inference_intensity,
                     f.tuning_work, f.tuning_intensity, f.batch};
  if (scale_ == FeatureScale::kPlain) return plain;
  Row row = plain;
  std::transform(plain.begin() + 1, plain.end(), row.begin() + 1,
                 [](double value) { return std::log(value); });
  return row;
}

// Recursive least squares on what the slow-down differs from kUnknown by.
void CorunPredictor::update(const Row& row, double slowdown) {
  Row gain{};
  for (std::size_t i = 0; i < kSize; ++i) {
    gain[i] = std::inner_product(row.begin(), row.end(), covariance_[i].begin(), 0.0);
  }
  const double variance = 1.0 + std::inner_product(row.begin(), row.end(), gain.begin(), 0.0);
  const double error =
      slowdown - kUnknown - std::inner_product(row.begin(), row.end(), coefficients_.begin(), 0.0);
  for (std::size_t i = 0; i < kSize; ++i) {
    coefficients_[i] += gain[i] / variance * error;
    for (std::size_t j = 0; j < kSize; ++j) covariance_[i][j] -= gain[i] * gain[j] / variance;
  }
  ++samples_;
}

void CorunPredictor::learn(const CorunFeatures& features, double slowdown) {
  update(row_of(features), slowdown);
}

void CorunPredictor::learn_online(const CorunFeatures& features, double slowdown) {
  for (std::size_t i = 0; i < kSize; ++i) {
    covariance_[i][i] = std::min(kFirstVariance, covariance_[i][i] + kDrift);
  }
  update(row_of(features), slowdown);
}

double CorunPredictor::slowdown(const CorunFeatures& features) const {
  const Row row = row_of(features);
  const double above = std::inner_product(row.begin(), row.end(), coefficients_.begin(), 0.0);
  return std::max(1.0, kUnknown + above);
}

}  // namespace flyball
