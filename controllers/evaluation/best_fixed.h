// The best fixed setting: what a governor that may not change its mind could reach at most. Per
// knob it is a pin, a cap with the resident below, or nothing at all. Results do not depend on the
// number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "controllers/evaluation/static_oracle.h"
#include "controllers/run_figures.h"
#include "env/knob.h"

namespace flyball {

struct BestFixedConfig {
  std::vector<Knob> knobs;         // all that may be turned
  std::vector<LevelRange> limits;  // per knob: the levels allowed
  std::vector<std::size_t> grid;   // of those, the ones whose combinations are all tried
  std::vector<std::uint64_t> seeds = {0};
  RunLimits run_limits;
  unsigned threads = 1;
};

struct BestFixed {
  std::vector<LevelRange> ranges;  // per knob; its limits: it is left to its resident
  RunFigures figures;              // pooled over the seeds
  std::vector<RunFigures> runs;    // one per seed
};

struct BestFixedSearch {
  std::optional<BestFixed> best;  // the cheapest feasible one; absent if there is none
  std::size_t tried = 0;          // settings, the pins included
  bool interrupted = false;       // stopped early: there is no best one
};

// Runs the setting, one range per knob, until the work is done. Called from several threads.
using RangeRunner =
    std::function<RunFigures(std::span<const LevelRange> ranges, std::uint64_t seed)>;

// Tries every combination of caps on the grid's knobs beside `pins`, where these have been tried
// already (their knobs: the grid's, in its order), and stock itself. The cheapest is improved knob
// by knob, over all knobs, by pins and caps, until nothing is better: at first late requests have a
// price, which lets one clock fall and another rise for it. Where a knob beyond the grid is turned,
// the grid is tried again with it. `progress` is given the share of a rough estimate.
BestFixedSearch search_best_fixed(const BestFixedConfig& config, const OracleResult& pins,
                                  const RangeRunner& run,
                                  const std::function<bool(double)>& progress = {});

}  // namespace flyball
