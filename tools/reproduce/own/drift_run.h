// A workload that changes under a policy: the runs of `flyball reproduce drift`. Free functions,
// callable from several threads at once.
//
// A policy is trained offline for the first workload and governs it. In mid-run the application
// begins to serve the second one. The same policy without learning (frozen), the adapting one and
// the second workload's best fixed setting are measured over the same stretch, which begins three
// simulated minutes after the change: the simulator's truth, exploration included.
#pragma once

#include <cstdint>
#include <string>

#include "agent/training/train_config.h"
#include "env/sim/scenario.h"
#include "policies/policy_file.h"
#include "tools/online/adaptation.h"
#include "tools/reproduce/published/rpe_cells.h"

namespace flyball {

// When what happens, in simulated seconds of the run.
inline constexpr double kDriftChangeSeconds = 120.0;
inline constexpr double kDriftLearningSeconds = 180.0;  // allowed for being back
inline constexpr double kDriftJudgedSeconds = 300.0;    // after that

struct DriftPair {
  RpeCell first;
  RpeCell second;  // of the same board
};

// The best fixed setting of a cell.
struct DriftOracle {
  std::vector<Level> levels;
  double latency_limit_seconds = 0.0;  // 1.4 times stock's mean
};

DriftOracle find_drift_oracle(const RpeCell& cell, unsigned threads);

// What `setting` costs on another workload of the board, against that one's oracle.
struct DriftGap {
  double energy = 0.0;            // above the oracle's, as a share of it
  double latency_of_limit = 0.0;  // mean latency / limit

  // Staying put would not do.
  bool separates() const { return energy > 0.03 || latency_of_limit > 1.0; }
};
DriftGap gap_between(const DriftOracle& first, const RpeCell& second, const DriftOracle& oracle);

// Trained offline from two simulated hours of log, as the cells of `flyball reproduce agent`.
PolicyFile train_for_drift(const RpeCell& cell, std::uint64_t seed);

// The configuration of `flyball adapt` for a saturated policy.
AdaptationConfig drift_adaptation(const RpeCell& cell, std::uint64_t seed);

struct DriftResult {
  DriftGap frozen;
  DriftGap adapted;
  std::uint64_t changes = 0;      // that were noticed
  double explored_share = 0.0;    // of the decisions since the change
  double residents_share = 0.0;   // likewise, left to the kernel's governors
  double steps_per_second = 0.0;  // gradient steps, by the wall clock
};

DriftResult run_drift(const DriftPair& pair, const DriftOracle& oracle, const PolicyFile& policy,
                      std::uint64_t seed);

}  // namespace flyball
