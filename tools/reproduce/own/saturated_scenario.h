// The protocol of a saturated cell, on which learned policies are judged: a board and a workload of
// RPE, batches back to back, noise on their durations, the knobs and the period of the training.
#pragma once

#include <cstdint>

#include "agent/training/train_config.h"
#include "env/sim/scenario.h"
#include "tools/reproduce/published/rpe_cells.h"

namespace flyball {

// The limit on the mean latency where there is one, as a multiple of stock's.
inline constexpr double kSaturatedLatencyFactor = 1.4;

// A recipe of saturated jobs, with the CPUs' and the GPU's clock and a period that is several
// batches long on the cell's board. Throws ConfigError.
TrainConfig saturated_training(const char* recipe, const RpeCell& cell);

// Without a limit. Throws ConfigError or DataError.
Scenario saturated_scenario(const RpeCell& cell, const TrainConfig& training,
                            std::uint64_t requests);

}  // namespace flyball
