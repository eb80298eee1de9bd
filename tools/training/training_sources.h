// From the sources of a training configuration to one training set.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "agent/training/train_config.h"
#include "agent/training_set.h"
#include "env/logs/telemetry_log.h"
#include "env/sim/scenario.h"

namespace flyball {

// Asked while data are read or simulated: what is being done, and its share done; false stops.
using DataProgress = std::function<bool(const std::string& what, double share)>;

// Reads every log and dataset and runs every simulation (source i with seed + 1000 i). Throws
// DataError, LogError or std::invalid_argument saying which source is at fault. A log that is not
// whole is used as far as it goes, and `warn` hears of it.
TrainingSet load_training_set(const TrainConfig& config, std::uint64_t seed,
                              const DataProgress& progress, const LogWarning& warn = {});

// A simulated log and the weight of each of its transitions in the loss.
struct WeightedLog {
  SimulatedLogConfig log;
  double weight = 1.0;
};

// Runs one simulation of `scenario` and appends what it shows. Throws as load_training_set.
void append_simulation(TrainingSet& set, const TrainConfig& config, const Scenario& scenario,
                       const WeightedLog& source, const DataProgress& progress);

}  // namespace flyball
