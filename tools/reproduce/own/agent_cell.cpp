#include "tools/reproduce/own/agent_cell.h"

#include <stdexcept>

#include "tools/reproduce/common/judging.h"
#include "tools/reproduce/common/trained_policy.h"

namespace flyball {

namespace {

SimulatedLogConfig log_of(const CellLog& log, std::uint64_t seed) {
  SimulatedLogConfig config;
  config.duration_seconds = log.seconds;
  config.explore = log.random_share;
  config.seed = seed;
  return config;
}

}  // namespace

double CellBaseline::oracle_saving() const { return saving_against(stock, oracle); }

CellBaseline measure_baseline(const AgentCell& cell, unsigned threads) {
  const Evaluation evaluation = judge(cell.scenario, {kJudgingSeed}, {oracle_choice()}, threads);
  const double best_saving = best_fixed(cell.scenario, evaluation).saving;
  const OracleResult& pins = *evaluation.oracle;
  if (!pins.best)
    throw std::runtime_error(cell.scenario.id + ": no pinned setting keeps the limit");
  return {evaluation.stock.figures, pins.points[*pins.best].figures, best_saving,
          evaluation.limits.latency_mean_seconds.value()};
}

CellPolicies train_and_judge(const AgentCell& cell, const CellBaseline& baseline,
                             const CellLog& log, std::uint64_t seed) {
  const TrainingSet set = simulate_data(cell.training, cell.scenario, log_of(log, seed));
  const auto judged = [&](LearnerKind kind) {
    TrainConfig config = cell.training;
    config.trainer.kind = kind;
    const TrainedPolicy trained = train_policy(config, set, seed);
    const RunFigures figures = judge(cell.scenario, {kJudgingSeed}, trained.policy).figures;
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
  };
  return {judged(LearnerKind::kLeastSquares), judged(LearnerKind::kDqn)};
}

}  // namespace flyball
