#include "tools/reproduce/common/trained_policy.h"

#include <chrono>
#include <optional>
#include <string>

#include "agent/trainer.h"
#include "agent/training/training_data.h"
#include "agent/training/validated_search.h"
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
    if (!config.validation) return;
    search_.emplace(*config.validation, scenario_judge(*config.validation),
                    config.trainer.objective.reward.miss_penalty);
  }

  // False: training may end.
  bool look_at(PolicyTrainer& trainer, std::uint64_t step) {
    if (!search_ || !search_->is_due(step, step >= all_steps(config_.trainer))) return true;
    const PolicyFile candidate = policy_of(trainer);
    if (auto constant = search_->begin(candidate)) {
      best_ = std::make_shared<const PolicyFile>(std::move(*constant));
    }
    const ValidationFigures figures = search_->measure(candidate, step);
    if (search_->is_best()) {
      best_ = std::make_shared<const PolicyFile>(as_validated(candidate, figures));
    }
    if (config_.validation->price_step) trainer.set_miss_penalty(search_->miss_penalty());
    return !search_->has_ended();
  }

  std::shared_ptr<const PolicyFile> get(const PolicyTrainer& trainer) const {
    return best_ ? best_ : std::make_shared<const PolicyFile>(policy_of(trainer));
  }

 private:
  PolicyFile policy_of(const PolicyTrainer& trainer) const {
    return trainer.policy(config_.spans.encoder, FLYBALL_VERSION);
  }

  const TrainConfig& config_;
  std::optional<ValidatedSearch> search_;
  std::shared_ptr<const PolicyFile> best_;
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
