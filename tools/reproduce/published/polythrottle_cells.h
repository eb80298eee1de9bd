// The cases of PolyThrottle, as scenarios: single queries on TX2 and AGX Orin, full tables of CPU,
// GPU and memory. Which they are is a fact of the paper; how they are run is ours where it is
// silent.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "env/sim/scenario.h"

namespace flyball {

struct PolythrottleCell {
  const char* board;
  const char* workload;

  std::string name() const { return std::string(board) + ' ' + workload; }
};

// EfficientNet-B4 and BERT on TX2, EfficientNet-B7 and BERT on AGX Orin.
std::span<const PolythrottleCell> polythrottle_cells();

// Queries back to back, one at a time; CPU, GPU and memory governed, every level allowed.
Scenario polythrottle_scenario(const PolythrottleCell& cell, std::uint64_t queries);

// Queries one by one at random, about one a second, beside another process that keeps a CPU from
// sleeping, so that the GPU's governor polls in the pauses too and starts most queries from its
// minimum; five seeds.
Scenario polythrottle_sparse(const PolythrottleCell& cell, double seconds);

}  // namespace flyball
