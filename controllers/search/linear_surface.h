// A workload's latency or energy as a function that is linear in its features, so that a draw of
// the weights from their posterior is a joint draw over all candidates. Not thread-safe.
//
// Features: what the prior offers, and the knobs' logarithms with their squares and products, as
// uncertain as the prior's process. Source: Bishop, Pattern Recognition and Machine Learning
// (2006), eq. 3.49-3.51 (the posterior of linear weights).
#pragma once

#include <Eigen/Core>
#include <random>
#include <span>

#include "controllers/search/search.h"
#include "controllers/search/search_space.h"
#include "controllers/search/surface_prior.h"

namespace flyball {

class LinearSurface {
 public:
  // `prior` must outlive it. `quantity`: of a sample, what this is the surface of.
  LinearSurface(const SearchSpace& space, const QuantityPrior& prior,
                double SearchSample::*quantity);

  // The logarithm over all candidates, with weights drawn from what `samples` tell of them.
  // `spread`: of the posterior's standard deviations, how many the draw is made of.
  Eigen::VectorXd draw(std::span<const SearchSample> samples, std::mt19937_64& random,
                       double spread = 1.0) const;

 private:
  const QuantityPrior& prior_;
  double SearchSample::*quantity_;
  Eigen::MatrixXd features_;  // [candidate, feature], scaled: weights are N(0, 1) before
};

}  // namespace flyball
