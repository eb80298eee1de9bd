#include "tools/reproduce/own/changing_case.h"

#include <fmt/format.h>

#include <stdexcept>

#include "controllers/evaluation/evaluation.h"
#include "env/errors.h"
#include "tools/config/scenario.h"
#include "tools/config/train_config.h"
#include "tools/interrupt.h"
#include "tools/reproduce/common/trained_policy.h"
#include "tools/training/training_sources.h"

namespace flyball {

namespace {

using Kind = GovernorChoice::Kind;

JudgedGovernor judged(const GovernorResult& result) {
  return {result.name, result.figures, result.saving};
}

GovernorChoice choice_of(Kind kind, const char* name) {
  GovernorChoice choice;
  choice.kind = kind;
  choice.name = name;
  return choice;
}

bool go_on(const std::string& /*what*/, double /*share*/) { return !interrupted(); }

std::string setting_text(const GovernorResult& oracle) {
  std::string text;
  for (const auto& [knob, value] : *oracle.setting) {
    if (!text.empty()) text += ", ";
    text += knob == "batch" ? fmt::format("{} {:g}", knob, value)
                            : fmt::format("{} {:g} MHz", knob, value / 1e6);
  }
  return text;
}

}  // namespace

ChangingCase load_changing_case(const std::string& name) {
  ChangingCase which{name, {}, load_train_config(name)};
  if (which.training.simulations.size() != 1) {
    throw ConfigError(fmt::format("{}: must simulate exactly one scenario", name));
  }
  which.scenario = load_scenario(which.training.simulations.front().scenario);
  return which;
}

ChangingBaseline measure_baseline(const ChangingCase& which, unsigned threads) {
  EvaluationPlan plan = make_plan(which.scenario, which.scenario.seeds);
  plan.threads = threads;
  const std::vector<GovernorChoice> governors = {
      choice_of(Kind::kOracle, "oracle"), choice_of(Kind::kStock, "stock"),
      choice_of(Kind::kKernel, "performance"), choice_of(Kind::kKernel, "powersave")};
  const Evaluation evaluation = evaluate(plan, governors, go_on);
  const GovernorResult& oracle = evaluation.results.front();
  if (oracle.runs.empty()) {
    throw std::runtime_error(which.scenario.id + ": no fixed setting keeps the limits");
  }
  ChangingBaseline baseline;
  baseline.best_fixed = judged(oracle);
  baseline.setting = setting_text(oracle);
  for (std::size_t i = 1; i < evaluation.results.size(); ++i) {
    baseline.others.push_back(judged(evaluation.results[i]));
  }
  return baseline;
}

ChangingPolicy train_and_judge(const ChangingCase& which, TrainingSet set, std::uint64_t seed) {
  const TrainedPolicy trained = train_policy(which.training, std::move(set), seed);
  const GovernorChoice choice = policy_choice(trained.policy);
  const EvaluationPlan plan = make_plan(which.scenario, which.scenario.seeds);
  return {judged(evaluate(plan, {choice}, go_on).results.front()), trained.seconds};
}

}  // namespace flyball
