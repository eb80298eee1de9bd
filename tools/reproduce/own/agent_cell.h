// A policy learned offline for one board and workload, measured against the best fixed setting: the
// cells of `flyball reproduce agent`. Free functions, callable from several threads at once.
//
// Learning sees what a board shows: telemetry logs of the stock governors with some random
// settings, read by the simulated sensors. Judging uses the simulator's truth: energy and latency
// of the same closed-loop work, run to its end, for stock, for every fixed setting, and for the
// policy.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/training/train_config.h"
#include "controllers/run_figures.h"
#include "env/sim/scenario.h"

namespace flyball {

struct AgentCell {
  Scenario scenario;     // closed loop; its objective has a latency_mean_factor
  TrainConfig training;  // the board's: the same for all of its workloads
};

// What is to be beaten or kept; independent of any policy.
struct CellBaseline {
  RunFigures stock;
  RunFigures oracle;                   // the best pins of the policy's knobs under the limit
  double best_fixed_saving = 0.0;      // of pins and caps on all clocks
  double latency_limit_seconds = 0.0;  // of the mean

  double oracle_saving() const;  // of stock's energy
};

// Throws std::runtime_error when no fixed setting keeps the limit.
CellBaseline measure_baseline(const AgentCell& cell, unsigned threads);

// One policy, trained with one seed on a log of its own.
struct CellPolicy {
  std::uint64_t seed = 0;
  double saving = 0.0;            // of stock's energy
  double regret = 0.0;            // energy above the oracle's, as a share of stock's
  double share_of_oracle = 0.0;   // saving / oracle's
  double latency_of_limit = 0.0;  // true mean latency / limit
  double training_seconds = 0.0;  // wall clock, of gradient steps; the log is not counted
  bool served = true;             // all of the work
};

struct CellLog {
  double seconds = 7200.0;    // simulated
  double random_share = 0.2;  // of the time
};

// Both learners on one log.
struct CellPolicies {
  CellPolicy least_squares;
  CellPolicy dqn;
};

CellPolicies train_and_judge(const AgentCell& cell, const CellBaseline& baseline,
                             const CellLog& log, std::uint64_t seed);

}  // namespace flyball
