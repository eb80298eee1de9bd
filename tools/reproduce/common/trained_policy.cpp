#include "tools/reproduce/common/trained_policy.h"

#include <chrono>
#include <string>

#include "agent/trainer.h"
#include "agent/training/training_data.h"
#include "env/errors.h"
#include "tools/interrupt.h"
#include "tools/training/training_sources.h"

namespace flyball {

void stop_if_interrupted() {
  if (interrupted()) throw Interrupted("interrupted: no table");
}

TrainingSet load_data(const TrainConfig& config, std::uint64_t seed) {
  TrainingSet set =
      load_training_set(config, seed, [](const std::string&, double) { return !interrupted(); });
  stop_if_interrupted();
  return set;
}

TrainingSet simulate_data(const TrainConfig& config, const Scenario& scenario,
                          const SimulatedLogConfig& log) {
  TrainingSet set;
  set.period_seconds = config.spans.encoder.period_seconds;
  append_simulation(set, config, scenario, {log, 1.0},
                    [](const std::string&, double) { return !interrupted(); });
  stop_if_interrupted();
  return set;
}

TrainedPolicy train_policy(TrainConfig config, TrainingSet set, std::uint64_t seed) {
  config.trainer.seed = seed;
  resolve_objective(config, set);
  const auto begin = std::chrono::steady_clock::now();
  Trainer trainer(config.trainer, std::move(set));
  trainer.run(100, [](const TrainingProgress&) { return !interrupted(); });
  stop_if_interrupted();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  return {std::make_shared<const PolicyFile>(trainer.policy(config.spans.encoder, FLYBALL_VERSION)),
          took.count()};
}

}  // namespace flyball
