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

// With the guard, as it will run: what the guard has to stop saves nothing. Without it as well: a
// policy that keeps the limits only because it is stopped in time is none.
ValidationFigures measure(EvaluationPlan& plan, const PolicyFile& policy) {
  const std::optional<double> asked = plan.objective.in_time_share;
  GovernorChoice guarded = policy_choice(std::make_shared<const PolicyFile>(policy));
  GovernorChoice alone = guarded;
  guarded.guarded = true;
  const Evaluation evaluation =
      evaluate(plan, {guarded, alone}, [](const std::string&, double) { return !interrupted(); });
  plan.stock_runs = evaluation.stock.runs;
  const GovernorResult& with = evaluation.results.front();
  const GovernorResult& without = evaluation.results.back();
  const double in_time = std::min(with.figures.in_time_share(), without.figures.in_time_share());
  const bool in_time_enough = !asked || in_time >= 1.0 - kLateShare * (1.0 - *asked);
  return {with.saving, with.figures.latency_mean_seconds, in_time,
          in_time_enough && with.infeasible.empty() && without.infeasible.empty(), asked};
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

MeasurePolicy measure_on_scenario(const ValidationConfig& config) {
  validate(config);
  Scenario scenario = load_scenario(config.scenario);
  if (config.in_time_share) scenario.objective.in_time_share = config.in_time_share;
  std::vector<std::uint64_t> seeds(config.runs);
  std::iota(seeds.begin(), seeds.end(), config.seed);
  EvaluationPlan plan = make_plan(scenario, seeds);
  plan.threads = 1;
  tighten(plan, latency_margin(config.scenario));
  return [plan](const PolicyFile& policy) mutable { return measure(plan, policy); };
}

TrainingHost training_host() {
  return {[](const std::filesystem::path& file) { return load_train_config(file.string()); },
          measure_on_scenario, [] { return !interrupted(); }};
}

}  // namespace flyball
