// Least squares as a bandit's learner on BoFL's measured tables: some settings tried once each,
// with noise; which one is chosen, and what does it truly cost? Free functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "env/fitting/measurements.h"

namespace flyball {

struct BanditConfig {
  std::size_t settings = 100;  // drawn without replacement
  double noise = 0.015;        // relative, of time and of energy, normal
  double limit_factor = 1.4;   // of the time with every clock at its highest
};

struct BanditDraw {
  double regret = 0.0;      // true energy over the least that keeps the limit, minus 1
  double excess = 0.0;      // true time over the limit, minus 1
  double best_tried = 0.0;  // regret of the best setting that was tried and keeps the limit
};

// Requires: a row for every combination of the varied knobs' levels. The same seed, the same draw.
BanditDraw draw_bandit(const Measurements& set, const BanditConfig& config, std::uint64_t seed);

}  // namespace flyball
