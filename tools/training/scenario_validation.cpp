#include "tools/training/scenario_validation.h"

#include <memory>
#include <numeric>
#include <vector>

#include "controllers/evaluation/evaluation.h"
#include "tools/config/scenario.h"
#include "tools/config/train_config.h"
#include "tools/interrupt.h"

namespace flyball {

namespace {

ValidationFigures measure(const EvaluationPlan& plan, const PolicyFile& policy) {
  GovernorChoice choice = policy_choice(std::make_shared<const PolicyFile>(policy));
  choice.guarded = true;  // as it will run: what the guard has to stop saves nothing
  const Evaluation evaluation =
      evaluate(plan, {choice}, [](const std::string&, double) { return !interrupted(); });
  const GovernorResult& result = evaluation.results.front();
  return {result.saving, result.figures.latency_mean_seconds, result.figures.in_time_share(),
          result.infeasible.empty()};
}

}  // namespace

MeasurePolicy measure_on_scenario(const ValidationConfig& config) {
  validate(config);
  std::vector<std::uint64_t> seeds(config.runs);
  std::iota(seeds.begin(), seeds.end(), config.seed);
  EvaluationPlan plan = make_plan(load_scenario(config.scenario), seeds);
  plan.threads = 1;
  return [plan](const PolicyFile& policy) { return measure(plan, policy); };
}

TrainingHost training_host() {
  return {[](const std::filesystem::path& file) { return load_train_config(file.string()); },
          measure_on_scenario, [] { return !interrupted(); }};
}

}  // namespace flyball
