#include "tools/reproduce/own/front_deadline.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "policies/preference.h"
#include "tools/config/scenario.h"
#include "tools/config/train_config.h"
#include "tools/progress.h"
#include "tools/reproduce/common/judging.h"
#include "tools/reproduce/common/trained_policy.h"

namespace flyball {

namespace {

constexpr const char* kConfig = "deadline-preferences";
constexpr const char* kScenario = "cameras-clocks-xavier-nx";

// What is asked for: a deadline, times the scenario's, and how many frames may miss it.
struct DeadlinePoint {
  double deadline_factor = 1.0;
  double miss_limit = 0.01;
};
constexpr DeadlinePoint kPoints[] = {
    {0.7, 0.01}, {1.0, 0.01}, {1.4, 0.01}, {2.0, 0.01}, {1.0, 0.05}};

GovernorChoice asked(const std::shared_ptr<const PolicyFile>& policy, const DeadlinePoint& point) {
  return policy_choice(std::make_shared<const PolicyFile>(
      with_preference(*policy, {std::nullopt, std::nullopt, point.miss_limit})));
}

// What the best fixed setting saves whose GPU is one level above the oracle's: levels are steps,
// and a policy that errs on the safe side by one of them loses so much.
double saving_one_level_up(const Evaluation& evaluation) {
  const OracleResult& table = *evaluation.oracle;
  const auto gpu = static_cast<std::size_t>(
      std::find(evaluation.oracle_knobs.begin(), evaluation.oracle_knobs.end(), "gpu") -
      evaluation.oracle_knobs.begin());
  const OraclePoint& best = table.points.at(table.best.value());
  double saving = evaluation.results.front().saving;
  bool found = false;
  for (const OraclePoint& point : table.points) {
    if (point.levels[gpu] != best.levels[gpu] + 1 || !point.figures.feasible) continue;
    const double own = saving_against(evaluation.stock.figures, point.figures);
    saving = found ? std::max(saving, own) : own;
    found = true;
  }
  return saving;
}

void judge_point(const Scenario& trained, const DeadlinePoint& point,
                 const std::vector<std::shared_ptr<const PolicyFile>>& policies, unsigned threads,
                 ReproductionTable& table) {
  Scenario scenario = trained;
  *scenario.arrivals.deadline_seconds *= point.deadline_factor;
  scenario.objective.in_time_share = 1.0 - point.miss_limit;
  std::vector<GovernorChoice> governors = {oracle_choice()};
  for (const auto& policy : policies) governors.push_back(asked(policy, point));
  const Evaluation evaluation = judge(scenario, {kJudgingSeed}, governors, threads);
  const GovernorResult& oracle = evaluation.results.front();
  std::vector<double> savings;
  std::vector<double> late;
  for (std::size_t i = 1; i < evaluation.results.size(); ++i) {
    savings.push_back(100.0 * evaluation.results[i].saving);
    late.push_back(100.0 * (1.0 - evaluation.results[i].figures.in_time_share()));
  }
  std::sort(savings.begin(), savings.end());
  std::sort(late.begin(), late.end());
  const std::string name =
      fmt::format("{}, deadline {:g} ms, {:g} % late", trained.id,
                  1e3 * *scenario.arrivals.deadline_seconds, 100.0 * point.miss_limit);
  table.show(name + ": saved by the best fixed setting", std::nullopt, 100.0 * oracle.saving, "%");
  table.check_at_least(name + ": saved, median (one GPU level of caution allowed)",
                       100.0 * saving_one_level_up(evaluation), savings[savings.size() / 2], "%");
  table.show(name + ": saved, worst seed", std::nullopt, savings.front(), "%");
  table.check_at_most(name + ": late, worst seed", 100.0 * point.miss_limit, late.back(), "%");
}

}  // namespace

TrainConfig deadline_training() {
  return load_train_config(kConfig, {fmt::format("simulate[0].scenario={}", kScenario)});
}

void reproduce_deadlines(const DeadlineOptions& options, ReproductionTable& table) {
  const TrainConfig config = deadline_training();
  const Scenario scenario = load_scenario(config.simulations.front().scenario);
  Progress progress("front deadlines", static_cast<double>(options.seeds + std::size(kPoints)));
  double done = 0.0;
  std::vector<std::shared_ptr<const PolicyFile>> policies;
  for (std::uint64_t seed = 1; seed <= options.seeds; ++seed) {
    policies.push_back(train_policy(config, load_data(config, seed), seed).policy);
    progress.update(++done, fmt::format("policy {} trained", seed));
  }
  for (const DeadlinePoint& point : kPoints) {
    judge_point(scenario, point, policies, options.threads, table);
    progress.update(++done, fmt::format("{:g} % late", 100.0 * point.miss_limit));
  }
}

}  // namespace flyball
