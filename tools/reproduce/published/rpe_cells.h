// The 18 cells of RPE (configs of three boards and six workloads), as scenarios: batches back to
// back, full frequency tables, CPU and GPU governed. Facts of the paper, not results of ours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "env/sim/scenario.h"

namespace flyball {

struct RpeCell {
  const char* board;
  const char* workload;
  std::size_t batch;
  double saving;  // of the best fixed CPU/GPU pair against stock DVFS, 0..1 (RPE, figures of ch. 5)
};

// Board by board, workloads in the order of the paper's table.
std::span<const RpeCell> rpe_cells();

// The GPU frequency at which the energy minimum of a board usually lies. Throws
// std::invalid_argument for a board that RPE did not measure.
double rpe_minimum_gpu_hz(const std::string& board);

// Inferences of one run.
inline constexpr std::uint64_t kRpeRequests = 3200;

// As RPE ran it: every frequency of the tables allowed (the mode that limits least, no CPU floor).
Scenario rpe_scenario(const RpeCell& cell, std::uint64_t requests = kRpeRequests);

}  // namespace flyball
