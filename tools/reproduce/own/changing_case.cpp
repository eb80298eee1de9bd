#include "tools/reproduce/own/changing_case.h"

#include <fmt/format.h>

#include <utility>

#include "env/errors.h"
#include "tools/config/scenario.h"
#include "tools/config/train_config.h"
#include "tools/reproduce/common/judging.h"
#include "tools/reproduce/common/trained_policy.h"

namespace flyball {

namespace {

JudgedGovernor judged(const GovernorResult& result) {
  return {result.name, result.figures, result.saving};
}

}  // namespace

ChangingCase load_changing_case(const std::string& name) {
  ChangingCase which;
  which.name = name;
  which.training = load_train_config(name);
  if (which.training.simulations.size() != 1) {
    throw ConfigError(fmt::format("{}: must simulate exactly one scenario", name));
  }
  which.scenario = load_scenario(which.training.simulations.front().scenario);
  return which;
}

ChangingBaseline measure_baseline(const ChangingCase& which, unsigned threads) {
  const Evaluation evaluation = judge(
      which.scenario, which.scenario.seeds,
      {oracle_choice(), stock_choice(), kernel_choice("performance"), kernel_choice("powersave")},
      threads);
  const GovernorResult& oracle = best_fixed(which.scenario, evaluation);
  ChangingBaseline baseline;
  baseline.best_fixed = judged(oracle);
  baseline.setting = setting_text(*oracle.setting);
  for (std::size_t i = 1; i < evaluation.results.size(); ++i) {
    baseline.others.push_back(judged(evaluation.results[i]));
  }
  return baseline;
}

ChangingPolicy train_and_judge(const ChangingCase& which, TrainingSet set, std::uint64_t seed) {
  const TrainedPolicy trained = train_policy(which.training, std::move(set), seed);
  return {judged(judge(which.scenario, which.scenario.seeds, trained.policy)), trained.seconds};
}

}  // namespace flyball
