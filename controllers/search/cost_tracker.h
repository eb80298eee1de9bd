// Plays a setting at every step for a cost of energy and time whose weights change without notice,
// as an adversary would change them (RPE, figure 6.1): Thompson sampling, its draws half
// as wide, on surfaces that do not know the weights, so that what was learned under some of them
// serves the next. Not thread-safe;
// the same seed and the same samples, the same settings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

#include "controllers/search/linear_surface.h"
#include "controllers/search/sample_book.h"

namespace flyball {

// Of a request: joules * per_joule + seconds * per_second.
struct CostWeights {
  double per_joule = 1.0;
  double per_second = 0.0;

  double of(double joules, double seconds) const {
    return per_joule * joules + per_second * seconds;
  }
};

class CostTracker {
 public:
  // `problem` must outlive it; its limit counts for nothing.
  CostTracker(const SearchProblem& problem, std::uint64_t seed);

  // The setting to play under these weights, those of the last step that is known of.
  std::size_t choose(const CostWeights& weights);
  // Throws as Search::observe() does.
  void observe(const SearchSample& sample) { book_.add(sample); }

 private:
  const SearchProblem& problem_;
  SurfacePrior prior_;
  LinearSurface seconds_;
  LinearSurface joules_;
  SampleBook book_;
  std::mt19937_64 random_;
};

}  // namespace flyball
