#include "tools/reproduce/own/agent_cell.h"

#include <fmt/format.h>

#include <stdexcept>

#include "controllers/evaluation/evaluation.h"
#include "controllers/evaluation/simulated_run.h"
#include "controllers/learned_governor.h"
#include "tools/interrupt.h"
#include "tools/reproduce/common/trained_policy.h"
#include "tools/training/training_sources.h"

namespace flyball {

namespace {

TrainingSet make_training_set(const AgentCell& cell, const CellLog& log, std::uint64_t seed) {
  SimulatedLogConfig config;
  config.duration_seconds = log.seconds;
  config.explore = log.random_share;
  config.seed = seed;
  TrainingSet set;
  set.period_seconds = cell.training.spans.encoder.period_seconds;
  append_simulation(set, cell.training, cell.scenario, {config, 1.0},
                    [](const std::string&, double) { return !interrupted(); });
  stop_if_interrupted();
  return set;
}

}  // namespace

double CellBaseline::oracle_saving() const { return saving_against(stock, oracle); }

CellBaseline measure_baseline(const AgentCell& cell, unsigned threads) {
  EvaluationPlan plan = make_plan(cell.scenario, {kEvaluationSeed});
  plan.threads = threads;
  GovernorChoice oracle;
  oracle.kind = GovernorChoice::Kind::kOracle;
  oracle.name = "oracle";
  const Evaluation evaluation =
      evaluate(plan, {oracle}, [](const std::string&, double) { return !interrupted(); });
  if (evaluation.results.front().runs.empty()) {
    throw std::runtime_error(fmt::format("{} on {}: no fixed setting keeps the latency limit",
                                         cell.scenario.workload.id, cell.scenario.board.board.id));
  }
  return {evaluation.stock.figures, evaluation.results.front().figures,
          evaluation.limits.latency_mean_seconds.value()};
}

CellPolicy train_and_judge(const AgentCell& cell, const CellBaseline& baseline, const CellLog& log,
                           std::uint64_t seed) {
  const TrainedPolicy trained =
      train_policy(cell.training, make_training_set(cell, log, seed), seed);
  const GovernorChoice choice = policy_choice(trained.policy);
  const EvaluationPlan plan = make_plan(cell.scenario, {kEvaluationSeed});
  const RunFigures figures = evaluate(plan, {choice}).results.front().figures;
  CellPolicy result;
  result.seed = seed;
  result.saving = saving_against(baseline.stock, figures);
  result.regret =
      (figures.energy_joules - baseline.oracle.energy_joules) / baseline.stock.energy_joules;
  result.share_of_oracle = result.saving / baseline.oracle_saving();
  result.latency_of_limit = figures.latency_mean_seconds / baseline.latency_limit_seconds;
  result.training_seconds = trained.seconds;
  result.served = figures.finished && figures.unserved == 0;
  return result;
}

}  // namespace flyball
