// One policy for several deadlines and miss limits, against the best fixed setting of each. Part of
// `flyball reproduce front`.
#pragma once

#include <cstdint>

#include "agent/training/train_config.h"
#include "tools/reproduce/common/reproduction_table.h"

namespace flyball {

struct DeadlineOptions {
  std::uint64_t seeds = 3;
  unsigned threads = 2;
};

// What these policies are trained by. Throws ConfigError.
TrainConfig deadline_training();

// Frames of cameras with deadlines from 0.7 to twice the scenario's, and 1 or 5 % late. Throws
// Interrupted.
void reproduce_deadlines(const DeadlineOptions& options, ReproductionTable& table);

}  // namespace flyball
