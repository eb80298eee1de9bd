#include "tools/reproduce/own/drift_run.h"

#include <limits>
#include <stdexcept>

#include "controllers/evaluation/evaluation.h"
#include "controllers/evaluation/sim_setup.h"
#include "controllers/evaluation/simulated_log.h"
#include "controllers/evaluation/simulated_run.h"
#include "env/errors.h"
#include "env/sim/sim_plant.h"
#include "tools/config/train_config.h"
#include "tools/interrupt.h"
#include "tools/online/adaptation_windows.h"
#include "tools/reproduce/common/trained_policy.h"
#include "tools/reproduce/own/saturated_scenario.h"

namespace flyball {

namespace {

constexpr double kLogSeconds = 7200.0;
constexpr double kWindowSeconds = 30.0;
constexpr std::uint64_t kSweepBatches = 60;
constexpr double kJudgedFrom = kDriftChangeSeconds + kDriftLearningSeconds;
constexpr double kEnd = kJudgedFrom + kDriftJudgedSeconds;

Scenario scenario_of(const RpeCell& cell, std::uint64_t requests) {
  Scenario scenario = saturated_scenario(cell, saturated_training("saturated", cell), requests);
  scenario.objective.latency_mean_factor = kSaturatedLatencyFactor;
  return scenario;
}

// The first workload, then the second one.
SimConfig changing(const DriftPair& pair, std::uint64_t seed) {
  Scenario scenario = lasting(scenario_of(pair.first, 1), kEnd);
  const Scenario second = scenario_of(pair.second, 1);
  scenario.application.mix.phases = {{scenario.workload.work, kDriftChangeSeconds, std::nullopt},
                                     {second.workload.work, std::nullopt, std::nullopt}};
  return make_sim_config(scenario, 1000 + seed);
}

EvaluationPlan plan_for(const RpeCell& cell) {
  EvaluationPlan plan = make_plan(scenario_of(cell, kSweepBatches * cell.batch), {1});
  plan.threads = 1;
  return plan;
}

DriftGap gap(const AdaptationWindow& judged, double oracle_joules, double limit_seconds) {
  return {judged.energy_per_request() / oracle_joules - 1.0,
          judged.latency_seconds() / limit_seconds};
}

// Energy per request under the fixed setting, in the judged stretch of the same run.
double oracle_joules(const DriftPair& pair, const DriftOracle& oracle,
                     const std::vector<std::string>& knobs, std::uint64_t seed) {
  SimPlant plant(changing(pair, seed));
  plant.timeline().sleep_until(kDriftChangeSeconds);
  ControlLease lease = plant.lease(find_knobs(plant.description(), knobs));
  if (const std::error_code error = lease.apply(Setting::pinned(oracle.levels))) {
    throw std::system_error(error, "pinning the simulated board");
  }
  plant.timeline().sleep_until(kJudgedFrom);
  const double joules = plant.truth().energy_joules;
  const std::uint64_t served = plant.truth().served;
  plant.timeline().sleep_until(kEnd);
  return (plant.truth().energy_joules - joules) /
         static_cast<double>(plant.truth().served - served);
}

struct Run {
  std::vector<AdaptationWindow> windows;
  std::uint64_t changes = 0;
  double steps_per_second = 0.0;
};

Run run_adaptation(const DriftPair& pair, const AdaptationConfig& config, const PolicyFile& policy,
                   std::uint64_t seed) {
  SimPlant plant(changing(pair, seed));
  Adaptation adaptation(config, policy, plant);
  WindowRecorder recorder(plant, adaptation, kWindowSeconds);
  adaptation.run(
      [&] {
        recorder.tick(plant.timeline().now_seconds());
        return interrupted();
      },
      kEnd);
  if (interrupted()) throw Interrupted("interrupted: no table");
  recorder.finish(plant.timeline().now_seconds());
  const AdaptiveLearner& learner = adaptation.learner();
  const double rate = adaptation.learning_seconds() > 0.0
                          ? static_cast<double>(learner.steps()) / adaptation.learning_seconds()
                          : 0.0;
  return {recorder.windows(), learner.changes(), rate};
}

}  // namespace

DriftOracle find_drift_oracle(const RpeCell& cell, unsigned threads) {
  EvaluationPlan plan = plan_for(cell);
  plan.threads = threads;
  const RunFigures stock = run_residents(plan.configs.front(), plan.timeout_seconds);
  RunLimits limits;
  limits.latency_mean_seconds = kSaturatedLatencyFactor * stock.latency_mean_seconds;
  const OracleResult swept = sweep(plan, plan.knobs, limits, [](double) { return !interrupted(); });
  if (swept.interrupted) throw Interrupted("interrupted: no table");
  if (!swept.best) throw std::runtime_error("no fixed setting keeps the latency limit");
  return {swept.points[*swept.best].levels, *limits.latency_mean_seconds};
}

DriftGap gap_between(const DriftOracle& first, const RpeCell& second, const DriftOracle& oracle) {
  const EvaluationPlan plan = plan_for(second);
  const auto run = [&](const std::vector<Level>& levels) {
    return run_pinned(plan.configs.front(), plan.knobs, levels, plan.timeout_seconds);
  };
  const RunFigures stays = run(first.levels);
  return {stays.energy_per_request / run(oracle.levels).energy_per_request - 1.0,
          stays.latency_mean_seconds / oracle.latency_limit_seconds};
}

PolicyFile train_for_drift(const RpeCell& cell, std::uint64_t seed) {
  TrainConfig config = saturated_training("saturated", cell);
  config.trainer.kind = LearnerKind::kDqn;  // which can be gone on with
  SimulatedLogConfig log;
  log.duration_seconds = kLogSeconds;
  log.seed = seed;
  return *train_policy(config, simulate_data(config, scenario_of(cell, 1), log), seed).policy;
}

AdaptationConfig drift_adaptation(const RpeCell& cell, std::uint64_t seed) {
  const TrainConfig training = saturated_training("saturated", cell);
  const Scenario scenario = scenario_of(cell, 1);
  AdaptationConfig config;
  config.spans = training.spans;
  config.learning.limit_factor = training.limit_factor;
  config.learning.seed = seed;
  config.exploring.seed = seed + 1;
  config.loop.period_seconds = training.spans.encoder.period_seconds;
  config.loop.sample_seconds = scenario.control.sample_seconds;
  config.loop.simulated_think_seconds = scenario.control.think_seconds;
  config.sensor_lag_seconds = scenario.board.sensor.time_constant_seconds;
  return config;
}

DriftResult run_drift(const DriftPair& pair, const DriftOracle& oracle, const PolicyFile& policy,
                      std::uint64_t seed) {
  const AdaptationConfig adapting = drift_adaptation(pair.first, seed);
  AdaptationConfig frozen = adapting;
  frozen.learning.steps = 0;
  frozen.learning.epsilon = 0.0;
  frozen.learning.change.threshold = std::numeric_limits<double>::max();
  const double best = oracle_joules(pair, oracle, adapting.spans.knobs, seed);
  const double limit = oracle.latency_limit_seconds;
  DriftResult result;
  const Run stays = run_adaptation(pair, frozen, policy, seed);
  result.frozen = gap(pooled_from(stays.windows, kJudgedFrom), best, limit);
  const Run adapts = run_adaptation(pair, adapting, policy, seed);
  result.adapted = gap(pooled_from(adapts.windows, kJudgedFrom), best, limit);
  result.changes = adapts.changes;
  const DecisionCounts since = pooled_from(adapts.windows, kDriftChangeSeconds).decisions;
  const auto all = static_cast<double>(since.policy + since.random + since.residents);
  result.explored_share = static_cast<double>(since.random) / all;
  result.residents_share = static_cast<double>(since.residents) / all;
  result.steps_per_second = adapts.steps_per_second;
  return result;
}

}  // namespace flyball
