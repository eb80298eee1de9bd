#include "tools/training/scenario_validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <variant>
#include <vector>

#include "controllers/evaluation/evaluation.h"
#include "env/errors.h"
#include "tools/config/scenario.h"
#include "tools/config/train_config.h"
#include "tools/config/twin_standing.h"
#include "tools/interrupt.h"

namespace flyball {

namespace {

// Of the requests that may be late, so many may be in validation: the policy that is kept is the
// best of many, and other arrivals are a little worse to it.
constexpr double kLateShare = 0.7;

bool is_in_time_enough(double in_time, const Objective& objective, double late_share) {
  const std::optional<double> asked = objective.in_time_share;
  return !asked || in_time >= 1.0 - late_share * (1.0 - *asked);
}

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
  const double in_time = std::min(with.figures.in_time_share(), without.figures.in_time_share());
  return {with.saving, with.figures.latency_mean_seconds, in_time,
          is_in_time_enough(in_time, plan.objective, kLateShare) && with.infeasible.empty() &&
              without.infeasible.empty(),
          plan.objective.in_time_share};
}

// Of them so many may be late on the further arrivals, where nothing is chosen any more.
constexpr double kConfirmedLateShare = 0.85;

bool confirm(EvaluationPlan& plan, const PolicyFile& policy) {
  const GovernorChoice alone = policy_choice(std::make_shared<const PolicyFile>(policy));
  const Evaluation evaluation =
      evaluate(plan, {alone}, [](const std::string&, double) { return !interrupted(); });
  plan.stock_runs = evaluation.stock.runs;
  const GovernorResult& result = evaluation.results.front();
  return result.infeasible.empty() &&
         is_in_time_enough(result.figures.in_time_share(), plan.objective, kConfirmedLateShare);
}

void tighten(std::optional<double>& limit, double margin) {
  if (limit) *limit *= margin;
}

// The board may take 1 / margin of the twin's time: then what is left to a request here is what
// would be left to it there, in proportion.
void tighten(EvaluationPlan& plan, double margin) {
  tighten(plan.objective.latency_mean_seconds, margin);
  tighten(plan.objective.latency_mean_factor, margin);
  for (SimConfig& config : plan.configs) {
    if (auto* loop = std::get_if<ClosedLoop>(&config.arrivals)) {
      tighten(loop->limit_seconds, margin);
      continue;
    }
    for (Arrival& arrival : std::get<std::vector<Arrival>>(config.arrivals)) {
      tighten(arrival.limit_seconds, margin);
    }
  }
}

}  // namespace

std::vector<std::string> doubts_about_judge(const std::string& scenario) {
  std::vector<std::string> doubts;
  for (const JudgedTwin& twin : twins_behind(scenario)) {
    if (twin.standing.replays) continue;
    doubts.push_back(fmt::format(
        "{} does not replay the logs that it is the twin of, so nothing is to be judged on {}: fit "
        "it to more or longer logs (flyball twin), or give another scenario",
        twin.file.string(), scenario));
  }
  return doubts;
}

void require_board(const std::string& scenario, const std::string& board, const std::string& data) {
  const std::string judges = load_scenario(scenario).board.board.id;
  if (judges == board) return;
  throw DataError(
      fmt::format("the validation's scenario {} is of the board {}, {} of {}: no policy "
                  "of the one can be measured on the other",
                  scenario, judges, data, board));
}

PolicyJudge scenario_judge(const ValidationConfig& config) {
  validate(config);
  Scenario scenario = load_scenario(config.scenario);
  if (config.in_time_share) scenario.objective.in_time_share = config.in_time_share;
  const double margin = latency_margin(config.scenario);
  const auto plan_of = [&](std::uint64_t first_seed, std::uint64_t runs) {
    std::vector<std::uint64_t> seeds(runs);
    std::iota(seeds.begin(), seeds.end(), first_seed);
    EvaluationPlan plan = make_plan(scenario, seeds);
    plan.threads = 1;
    tighten(plan, margin);
    return plan;
  };
  PolicyJudge judge;
  judge.measure = [plan = plan_of(config.seed, config.runs)](const PolicyFile& policy) mutable {
    return measure(plan, policy);
  };
  if (config.confirm_runs > 0) {
    judge.confirm = [plan = plan_of(config.seed + config.runs, config.confirm_runs)](
                        const PolicyFile& policy) mutable { return confirm(plan, policy); };
  }
  return judge;
}

TrainingHost training_host() {
  return {[](const std::filesystem::path& file) { return load_train_config(file.string()); },
          scenario_judge, [] { return !interrupted(); }};
}

}  // namespace flyball
