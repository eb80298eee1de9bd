#include "tools/reproduce/common/constraint_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "env/statistics.h"
#include "tools/config/scenario.h"
#include "tools/config/train_config.h"
#include "tools/progress.h"
#include "tools/reproduce/common/judging.h"
#include "tools/reproduce/common/trained_policy.h"
#include "tools/reproduce/own/front_deadline.h"

namespace flyball {

namespace {

enum class Rule : std::uint8_t { kMask, kMultiplier };

const char* name_of(Rule rule) { return rule == Rule::kMask ? "mask" : "multiplier"; }

// A multiplier serves one limit and no others, and least squares knows none.
TrainConfig for_one_limit(TrainConfig config) {
  config.trainer.kind = LearnerKind::kDqn;
  config.limit_range.reset();
  config.trainer.objective.limit_range.reset();
  config.spans.encoder.with_limit = false;
  return config;
}

TrainConfig with_rule(TrainConfig config, Rule rule) {
  if (rule == Rule::kMultiplier) config.trainer.objective.constraint->multiplier = 0.0;
  return config;
}

struct Judged {
  double saving = 0.0;      // of stock's energy
  double limit_used = 0.0;  // latency / limit, or late requests / those that may be
};

Judged judge_rule(const Scenario& scenario, const std::shared_ptr<const PolicyFile>& policy) {
  const Evaluation evaluation = judge(scenario, {kJudgingSeed}, {policy_choice(policy)});
  const GovernorResult& result = evaluation.results.front();
  const RunLimits& limits = evaluation.limits;
  const double used =
      limits.in_time_share
          ? (1.0 - result.figures.in_time_share()) / (1.0 - *limits.in_time_share)
          : result.figures.latency_mean_seconds / limits.latency_mean_seconds.value();
  return {result.saving, used};
}

void add_rows(const std::string& name, const std::vector<Judged>& runs, ReproductionTable& table) {
  std::vector<double> savings;
  std::vector<double> used;
  for (const Judged& run : runs) {
    savings.push_back(100.0 * run.saving);
    used.push_back(100.0 * run.limit_used);
  }
  table.show(name + ": saved, median", std::nullopt, upper_median(savings), "%");
  table.show(name + ": saved, worst seed", std::nullopt,
             *std::min_element(savings.begin(), savings.end()), "%");
  table.show(name + ": of the limit used, median", std::nullopt, upper_median(used), "%");
  table.show(name + ": of the limit used, worst seed", std::nullopt,
             *std::max_element(used.begin(), used.end()), "%");
}

}  // namespace

void compare_constraint_rules(std::uint64_t seeds, ReproductionTable& table) {
  const std::vector<TrainConfig> configs = {load_train_config("quickstart"), deadline_training()};
  Progress progress("constraint rules", static_cast<double>(configs.size() * seeds * 2));
  double done = 0.0;
  for (const TrainConfig& written : configs) {
    const std::string& id = written.id;
    const TrainConfig config = for_one_limit(written);
    const Scenario scenario = load_scenario(config.simulations.front().scenario);
    std::vector<Judged> runs[2];
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      const TrainingSet set = load_data(config, seed);
      for (const Rule rule : {Rule::kMask, Rule::kMultiplier}) {
        const auto policy = train_policy(with_rule(config, rule), set, seed).policy;
        runs[static_cast<std::size_t>(rule)].push_back(judge_rule(scenario, policy));
        progress.update(++done, fmt::format("{}, {}", id, name_of(rule)));
      }
    }
    for (const Rule rule : {Rule::kMask, Rule::kMultiplier}) {
      add_rows(fmt::format("{}, {}", id, name_of(rule)), runs[static_cast<std::size_t>(rule)],
               table);
    }
  }
}

}  // namespace flyball
