// The static oracle: the best fixed setting by trying every one. What a governor that may not
// change its mind could reach at most. Results do not depend on the number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "controllers/run_figures.h"
#include "env/knob.h"

namespace flyball {

// One fixed setting and what it came to over all seeds.
struct OraclePoint {
  std::vector<Level> levels;     // one per knob
  RunFigures figures;            // pooled over the seeds
  std::vector<RunFigures> runs;  // one per seed
};

struct StaticOracleConfig {
  std::vector<Knob> knobs;         // leased, in the lease's order
  std::vector<LevelRange> limits;  // per knob: the levels allowed
  std::vector<std::uint64_t> seeds = {0};
  RunLimits run_limits;
  unsigned threads = 1;
};

struct OracleResult {
  std::vector<OraclePoint> points;  // every setting, the last knob fastest
  std::optional<std::size_t> best;  // the cheapest feasible one; absent if there is none
  bool interrupted = false;         // stopped early: there are no points
};

// Runs the pinned setting until the work is done. Called from several threads at once.
using SettingRunner = std::function<RunFigures(std::span<const Level> levels, std::uint64_t seed)>;

// `progress` is given the share of the runs done, from the calling thread only; it says whether to
// go on. An exception of a runner ends the search and is thrown on.
OracleResult search_static_oracle(const StaticOracleConfig& config, const SettingRunner& run,
                                  const std::function<bool(double)>& progress = {});

// Indices of the points that no other served point beats in both energy and mean latency, by
// rising latency. Points with unserved work are left out.
std::vector<std::size_t> pareto_front(std::span<const OraclePoint> points);

}  // namespace flyball
