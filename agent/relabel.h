// One policy for every preference: transitions are learned from under preferences drawn at random.
// Not thread-safe.
//
// What a span cost in energy, time and misses does not depend on what somebody wants. So the same
// transition is exact under any eta and any limit: its cost is computed anew and the preference is
// written into its observations (hindsight as in Andrychowicz et al. 2017, for weights of several
// objectives as in Abels et al. 2019).
#pragma once

#include <cstddef>
#include <optional>
#include <random>
#include <vector>

#include "agent/objective.h"
#include "env/observation_layout.h"
#include "replay/transition.h"

namespace flyball {

class Relabel {
 public:
  // The observation must hold what the objective has a range for. Throws std::invalid_argument
  // otherwise.
  Relabel(const ObjectiveConfig& objective, const ObservationLayout& layout);

  bool is_needed() const { return eta_at_ || limit_at_; }
  // Draws a preference for every row, uniform in eta and in the logarithm of the limit, and writes
  // it into the row's observations.
  void draw(TransitionBatch& batch, std::mt19937_64& random);
  // The objective of a row of the batch drawn last.
  ObjectiveConfig objective(std::size_t row) const;
  // Writes the objective's own preference, what a policy is asked for unless told otherwise.
  void write_own(Transition& transition) const;

 private:
  void write(std::vector<float>& observations, std::size_t row, std::size_t size, double eta,
             double limit) const;

  ObjectiveConfig objective_;
  std::optional<std::size_t> eta_at_;  // places in the observation
  std::optional<std::size_t> limit_at_;
  std::vector<double> etas_;  // per row of the last batch
  std::vector<double> limits_;
};

// The limit that is encoded as 0: the middle of the range. Requires: objective.limit_range.
double limit_scale(const ObjectiveConfig& objective);

}  // namespace flyball
