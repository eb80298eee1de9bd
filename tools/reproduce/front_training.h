// Data and policies for the tables of `flyball reproduce front`. Free functions; they throw
// CommandError when interrupted.
#pragma once

#include <cstdint>
#include <memory>

#include "agent/training_set.h"
#include "policies/policy_file.h"
#include "tools/training/train_config.h"

namespace flyball {

void stop_if_interrupted();

// What the configuration names, simulated with this seed.
TrainingSet load_data(const TrainConfig& config, std::uint64_t seed);

std::shared_ptr<const PolicyFile> train_policy(TrainConfig config, TrainingSet set,
                                               std::uint64_t seed);

}  // namespace flyball
