// What is believed of a workload's latency and energy over the settings before it is measured: from
// other workloads on the same board, or, without any, from the board's physics. Values.
//
// For the logarithm y of a quantity at candidate c, relative to the start:
//   y(c) = level + mean(c) + features(c) w + g(c),  w ~ N(0, I),  g a Gaussian process (Matern 5/2)
// over the knobs' logarithms. How far a new workload strays from the others (the features' scale,
// g) is learned by taking each of them for the new one in turn.
#pragma once

#include <Eigen/Core>
#include <span>
#include <string>
#include <vector>

#include "controllers/search/search_space.h"

namespace flyball {

struct QuantityPrior {
  Eigen::VectorXd mean;      // per candidate, 0 at the start
  Eigen::MatrixXd features;  // [candidate, feature], 0 at the start
  double deviation = 0.0;    // of g
  double length = 1.0;       // of g, by kernel_distance()
  double roughness = 0.0;    // standard deviation of r
};

struct SurfacePrior {
  QuantityPrior seconds;
  QuantityPrior joules;
  // How far workloads stray from each other is known, from two or more that were measured.
  bool is_learned = false;

  bool is_empty() const { return seconds.mean.size() == 0; }
};

// A whole workload, measured or predicted: one entry per candidate, each above 0.
struct WorkloadSurface {
  std::string workload;
  std::vector<double> seconds;
  std::vector<double> joules;
  bool is_predicted = false;  // by a policy: smoother than what it was learned from
};

// Throws std::invalid_argument naming the workload that has not one value above 0 per candidate.
// Requires: at least one workload. `working`: candidates slower than the start by more than this
// factor do not count in what is learned.
SurfacePrior learned_prior(const SearchSpace& space, std::span<const WorkloadSurface> others,
                           double working = 2.5);

// The board's physics alone: time is a sum of shares, each of which slows with its own clock; power
// is a constant and a share per clock that grows with it like f V^2. One such workload for each
// knob that could be the bottleneck; the uncertainty is wide.
SurfacePrior generic_prior(const SearchSpace& space);

// Nothing but that it is smooth: a mean of 0, and elasticities of any size up to about 1.
SurfacePrior flat_prior(const SearchSpace& space);

// The Matern 5/2 kernel of unit variance.
double matern(double distance);
// The distance for it: Euclidean, over the clocks' periods, relative to those of the highest, in
// which time is linear, and the logarithm of a batch.
double kernel_distance(const SearchSpace& space, std::size_t a, std::size_t b);

}  // namespace flyball
