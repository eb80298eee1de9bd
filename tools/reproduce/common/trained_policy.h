// Data and policies of the tables that train. Free functions, callable from several threads at
// once; they throw Interrupted.
#pragma once

#include <cstdint>
#include <memory>

#include "agent/training/train_config.h"
#include "agent/training_set.h"
#include "env/sim/scenario.h"
#include "env/sim/simulated_log_config.h"
#include "policies/policy_file.h"

namespace flyball {

// What the training of one policy may take: asked of every table that trains.
constexpr double kMostTrainingSeconds = 60.0;

void stop_if_interrupted();

// What the configuration names, simulated with this seed.
TrainingSet load_data(const TrainConfig& config, std::uint64_t seed);

// One log of the scenario, as the configuration makes transitions of it.
TrainingSet simulate_data(const TrainConfig& config, const Scenario& scenario,
                          const SimulatedLogConfig& log);

struct TrainedPolicy {
  std::shared_ptr<const PolicyFile> policy;
  double seconds = 0.0;  // wall clock, of gradient steps and validation
};

// With the configuration's [validation]: the best policy by it; otherwise the last one.
TrainedPolicy train_policy(TrainConfig config, TrainingSet set, std::uint64_t seed);

}  // namespace flyball
