#include "tools/reproduce/common/trained_policy.h"

#include <chrono>
#include <string>

#include "agent/trainer.h"
#include "agent/training/training_data.h"
#include "agent/training/validation.h"
#include "env/errors.h"
#include "tools/interrupt.h"
#include "tools/training/scenario_validation.h"
#include "tools/training/training_sources.h"

namespace flyball {

namespace {

// The policy that is kept: the best one by the validation, if there is one.
class KeptPolicy {
 public:
  explicit KeptPolicy(const TrainConfig& config) : config_(config) {
    if (config.validation) measure_ = measure_on_scenario(*config.validation);
  }

  // False: training may end.
  bool look_at(const PolicyTrainer& trainer, std::uint64_t step) {
    const bool last = step >= all_steps(config_.trainer);
    if (!measure_ || (!last && step - measured_ < config_.validation->every_steps)) return true;
    measured_ = step;
    auto candidate = policy_of(trainer);
    const ValidationFigures figures = measure_(*candidate);
    ++without_better_;
    if (!best_ || is_better(figures, best_figures_)) {
      best_ = std::move(candidate);
      best_figures_ = figures;
      without_better_ = 0;
    }
    const auto& patience = config_.validation->patience;
    return !patience || without_better_ < *patience;
  }

  std::shared_ptr<const PolicyFile> get(const PolicyTrainer& trainer) const {
    return best_ ? best_ : policy_of(trainer);
  }

 private:
  std::shared_ptr<const PolicyFile> policy_of(const PolicyTrainer& trainer) const {
    return std::make_shared<const PolicyFile>(
        trainer.policy(config_.spans.encoder, FLYBALL_VERSION));
  }

  const TrainConfig& config_;
  MeasurePolicy measure_;  // empty: there is no validation
  std::shared_ptr<const PolicyFile> best_;
  ValidationFigures best_figures_;
  std::uint64_t measured_ = 0;
  std::uint64_t without_better_ = 0;
};

}  // namespace

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
  const std::unique_ptr<PolicyTrainer> trainer = make_trainer(config.trainer, std::move(set));
  KeptPolicy kept(config);
  trainer->run(kReportSteps, [&](const TrainingProgress& progress) {
    return kept.look_at(*trainer, progress.step) && !interrupted();
  });
  stop_if_interrupted();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  return {kept.get(*trainer), took.count()};
}

}  // namespace flyball
