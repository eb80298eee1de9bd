// Where the search for a twin begins, and what it may move: what is believed of a work model before
// a log was replayed, from the board's file and what the logs show on average.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "env/fitting/log_samples.h"
#include "env/model/fitted_model.h"
#include "env/sim/board_config.h"

namespace flyball {

// What the fitted part of the logs shows on average.
struct LogUsage {
  double cpu_hz = 1e9;
  double gpu_hz = 1e9;
  double emc_hz = 1e9;
  double watts = 5.0;
  double batch = 1.0;
  double gpu_seconds = 1e-3;  // busy, per batch
  double cpu_seconds = 1e-3;  // of all cores, per batch
};

// One unknown, a logarithm: how it enters, and what is believed of it (normal).
struct TwinUnknown {
  std::function<void(FittedParameters&, double)> set;
  double mean = 0.0;
  double spread = 1.0;
};

struct TwinBeliefs {
  FittedParameters start;  // what no unknown moves
  std::vector<TwinUnknown> unknowns;
  std::size_t overhead = 0;        // which of them is requests' worth of a batch's fixed part
  std::vector<std::size_t> hosts;  // which are of the CPU's part
  std::size_t prepare = 0;         // which is the preparing thread's

  // The model with these logarithms, one per unknown.
  FittedParameters parameters(std::span<const double> logarithms) const;
};

// `measured`: of a sweep of the same model; its accelerator and what that draws are then believed.
TwinBeliefs twin_beliefs(const BoardConfig& board, const LogUsage& usage, int cpus_online,
                         const std::optional<FittedParameters>& measured);

}  // namespace flyball
