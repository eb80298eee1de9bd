// Table `searches`: every search of controllers/search on the simulated cells of RPE and of
// PolyThrottle, with measurement noise: how many samples a setting near the best one takes; and a
// cost of energy and time whose weights change.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "controllers/search/cost_tracker.h"
#include "controllers/search/searches.h"
#include "tools/reproduce/common/reproduction_table.h"
#include "tools/search/measured_grid.h"

namespace flyball {

struct CellSearchOptions {
  std::optional<std::uint64_t> seeds;  // drawn from the date; absent: 1 to 20
  std::string date;
  unsigned threads = 2;
};

void reproduce_searches(const CellSearchOptions& options, ReproductionTable& table);

// How a search came closer: by number of samples, from 1 on, the true energy of its choice above
// the best setting's, relative; infinite while the choice is over the limit.
std::vector<double> gaps_by_sample(Search& search, const SearchProblem& problem,
                                   const WorkloadSurface& surface, std::size_t samples,
                                   const GridNoise& noise);

// From how many samples on the gap stays within `near`; absent: not even at the end.
std::optional<std::size_t> samples_until(const std::vector<double>& gaps, double near);

// Weights that an adversary changes: phases of 20 to 80 steps, each with another share of the time
// in the cost, by turns below and above a half.
struct WeightPhase {
  std::size_t steps = 0;
  CostWeights weights;
};
std::vector<WeightPhase> drawn_phases(const WorkloadSurface& surface, std::size_t start,
                                      std::size_t steps, std::uint64_t seed);

// Sums over all steps of the cost above that of the phase's best setting.
struct TrackingRegret {
  double tracker = 0.0;  // CostTracker, told of the weights one step late
  double late = 0.0;     // the best setting of each phase, switched to ten steps late
};
TrackingRegret track(const SearchProblem& problem, const WorkloadSurface& surface,
                     const std::vector<WeightPhase>& phases, const GridNoise& noise);

}  // namespace flyball
