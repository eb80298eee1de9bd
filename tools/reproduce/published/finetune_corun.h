// Inference beside training, pair by pair of workloads, on a simulated board; and how well the
// slow-down of a pair is predicted from the others. Free functions; results do not depend on the
// number of threads.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "controllers/corun_predictor.h"

namespace flyball {

struct CorunPair {
  std::string inference;  // workloads
  std::string tuning;
};

struct CorunSample {
  std::size_t pair = 0;
  CorunFeatures features;
  double slowdown = 1.0;
};

struct CorunSet {
  std::string board;
  std::vector<CorunPair> pairs;
  std::vector<CorunSample> samples;  // the same number of each pair, one pair after the other
};

struct CorunGrid {
  std::string board;
  std::vector<std::string> workloads;  // each beside each, itself included
  std::vector<std::size_t> batches;
  std::vector<std::size_t> minibatches;
};
// At the board's highest clocks. Throws Interrupted.
CorunSet simulate_coruns(const CorunGrid& grid, unsigned threads);

// What is not shown to the predictor that has to predict it.
enum class HeldOut { kPair, kWorkload };  // kWorkload: every pair with either of the two workloads

// Per pair the mean of |predicted - simulated| / simulated over its samples, in percent.
struct CorunErrors {
  std::vector<double> predicted;
  std::vector<double> refitted;  // after `kRefits` of the pair's own co-runs, of the others
  std::vector<double> constant;  // the mean slow-down of what was shown, whatever the features
};
inline constexpr std::size_t kRefits = 2;
CorunErrors corun_errors(const CorunSet& set, HeldOut held_out, FeatureScale scale);

// Fitted to all but this pair.
CorunPredictor fitted_without(const CorunSet& set, const CorunPair& pair, HeldOut held_out,
                              FeatureScale scale);

}  // namespace flyball
