// A workload's latency or energy as far as samples tell: the posterior of a QuantityPrior by
// Gaussian process regression. Constant; thread-safe. Source: Rasmussen and Williams, Gaussian
// Processes for Machine Learning (2006), eq. 2.23-2.26 and 2.40 (explicit features as a kernel).
#pragma once

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <span>

#include "controllers/search/search_space.h"
#include "controllers/search/surface_prior.h"

namespace flyball {

struct SurfaceSample {
  std::size_t candidate = 0;
  double log_value = 0.0;
  double error = 0.005;  // standard deviation of log_value
};

class SurfaceModel {
 public:
  // The prior's uncertainty, features and process, is scaled by `scale`. `space` and `prior` must
  // outlive it. Requires: a sample.
  SurfaceModel(const SearchSpace& space, const QuantityPrior& prior,
               std::span<const SurfaceSample> samples, double scale = 1.0);

  // Of the logarithm at a candidate, the measurement's error left out.
  struct Belief {
    double mean = 0.0;
    double deviation = 0.0;
  };
  Belief belief(std::size_t candidate) const;
  // By how much one more sample at `sampled`, with this error, would narrow what is believed of
  // `wanted`: the share of its variance, 0 to 1.
  double narrowing(std::size_t sampled, std::size_t wanted, double error) const;
  // log p(samples).
  double log_likelihood() const { return log_likelihood_; }

 private:
  double covariance(std::size_t a, std::size_t b) const;
  Eigen::VectorXd covariances(std::size_t candidate) const;  // with the samples

  const SearchSpace* space_;
  const QuantityPrior* prior_;
  double scale_;
  std::vector<std::size_t> candidates_;
  Eigen::LLT<Eigen::MatrixXd> factor_;
  Eigen::VectorXd weights_;
  double log_likelihood_ = 0.0;
};

// The same with the scale that the samples make most likely, among 1/2 to 4: a workload unlike the
// others is noticed by its first samples. What is believed of the scale itself is log-normal around
// 1 with a factor of 2.
SurfaceModel fitted_model(const SearchSpace& space, const QuantityPrior& prior,
                          std::span<const SurfaceSample> samples);

}  // namespace flyball
