#include "tools/training/scenario_validation.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <vector>

#include "controllers/evaluation/evaluation.h"
#include "tools/config/scenario.h"
#include "tools/config/train_config.h"
#include "tools/interrupt.h"

namespace flyball {

namespace {

// Of the requests that may be late, so many may be in validation: the policy that is kept is the
// best of many, and other arrivals are a little worse to it.
constexpr double kLateShare = 0.5;

// With the guard, as it will run: what the guard has to stop saves nothing. Without it as well: a
// policy that keeps the limits only because it is stopped in time is none.
ValidationFigures measure(EvaluationPlan& plan, const PolicyFile& policy) {
  GovernorChoice guarded = policy_choice(std::make_shared<const PolicyFile>(policy));
  GovernorChoice alone = guarded;
  guarded.guarded = true;
  const Evaluation evaluation =
      evaluate(plan, {guarded, alone}, [](const std::string&, double) { return !interrupted(); });
  plan.stock_runs = evaluation.stock.runs;
  const GovernorResult& with = evaluation.results.front();
  const GovernorResult& without = evaluation.results.back();
  return {with.saving, with.figures.latency_mean_seconds,
          std::min(with.figures.in_time_share(), without.figures.in_time_share()),
          with.infeasible.empty() && without.infeasible.empty()};
}

}  // namespace

MeasurePolicy measure_on_scenario(const ValidationConfig& config) {
  validate(config);
  Scenario scenario = load_scenario(config.scenario);
  std::optional<double>& in_time = scenario.objective.in_time_share;
  if (config.in_time_share) in_time = config.in_time_share;
  if (in_time) in_time = 1.0 - kLateShare * (1.0 - *in_time);
  std::vector<std::uint64_t> seeds(config.runs);
  std::iota(seeds.begin(), seeds.end(), config.seed);
  EvaluationPlan plan = make_plan(scenario, seeds);
  plan.threads = 1;
  return [plan](const PolicyFile& policy) mutable { return measure(plan, policy); };
}

TrainingHost training_host() {
  return {[](const std::filesystem::path& file) { return load_train_config(file.string()); },
          measure_on_scenario, [] { return !interrupted(); }};
}

}  // namespace flyball
