#include "tools/reproduce/published/dvfo_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "controllers/evaluation/evaluation.h"
#include "controllers/evaluation/sim_setup.h"
#include "controllers/evaluation/simulated_run.h"
#include "controllers/learned_governor.h"
#include "tools/config/train_config.h"
#include "tools/reproduce/common/trained_policy.h"

namespace flyball {

namespace {

constexpr double kPeriodSeconds = 0.5;
constexpr double kServiceNoise = 0.015;
constexpr double kLogSeconds = 7200.0;
constexpr double kExplore = 0.5;
constexpr double kSlowest = 20.0;  // random settings are at most so many times the fastest

class TableGovernor final : public Governor {
 public:
  explicit TableGovernor(const DvfoTable& table) : table_(table) {}
  std::string_view name() const override { return "table by bandwidth"; }
  void reset(const GovernorScope&) override {}
  Decision decide(const GovernorInput& input) override {
    std::optional<double> bits;
    if (input.telemetry.application) bits = input.telemetry.application->bandwidth_bits_per_second;
    return {Setting::pinned(table_.row_for(bits).levels)};
  }
  Period period() const override { return {kPeriodSeconds, false}; }

 private:
  const DvfoTable& table_;
};

DvfoCost under(const Scenario& scenario, Governor& governor, std::uint64_t seed) {
  const EvaluationPlan plan = make_plan(scenario, {seed});
  LoopConfig loop = plan.loop;
  loop.period_seconds = governor.period().seconds;
  return cost_of(run_governor(plan.configs.front(), &governor, scenario.control.knobs, loop,
                              kRunTimeoutSeconds)
                     .figures);
}

}  // namespace

Scenario dvfo_changing(const DvfoCell& cell, std::uint64_t requests) {
  Scenario scenario =
      dvfo_scenario(cell, DvfoSends::kFeatures, BandwidthWalk{5e5, 8e6, 1.0, 0.3}, requests);
  scenario.service_noise = kServiceNoise;
  scenario.control.knobs = {"cpu", "gpu", kOffloadKnob};
  scenario.control.period_seconds = kPeriodSeconds;
  scenario.control.sample_seconds = kPeriodSeconds;
  return scenario;
}

DvfoPolicies train_dvfo(const DvfoCell& cell, double eta, std::uint64_t seed) {
  const Scenario scenario = dvfo_changing(cell, 1);
  const OpenKeys keys{scenario.control.knobs, {}, kPeriodSeconds, std::nullopt, std::nullopt};
  TrainConfig config = load_train_config(
      "saturated",
      {fmt::format("objective.eta={}", eta), "learner.kind=dqn", "learner.steps=6000",
       "network.degree=3", "observation.with_bandwidth=true"},
      [&] { return std::optional(keys); });
  config.validation.reset();
  config.trainer.objective.constraint.reset();  // the cost alone counts
  config.limit_factor.reset();
  SimulatedLogConfig log;
  log.duration_seconds = kLogSeconds;
  log.explore = kExplore;
  log.latency_factor = kSlowest;
  log.seed = seed;
  const TrainingSet set = simulate_data(config, scenario, log);
  DvfoPolicies policies;
  policies.learned = train_policy(config, set, seed).policy;
  config.trainer.kind = LearnerKind::kLeastSquares;
  policies.bandit = train_policy(config, set, seed).policy;
  return policies;
}

DvfoCost under_policy(const Scenario& scenario, const PolicyFile& policy, std::uint64_t seed) {
  LearnedGovernor governor(policy);
  return under(scenario, governor, seed);
}

const DvfoTable::Row& DvfoTable::row_for(std::optional<double> bits_per_second) const {
  if (!bits_per_second) return rows.front();
  const auto distance = [&](const Row& row) {
    return std::abs(std::log(row.bits_per_second / *bits_per_second));
  };
  return *std::min_element(rows.begin(), rows.end(),
                           [&](const Row& a, const Row& b) { return distance(a) < distance(b); });
}

DvfoCost under_table(const Scenario& scenario, const DvfoTable& table, std::uint64_t seed) {
  TableGovernor governor(table);
  return under(scenario, governor, seed);
}

DvfoCost under_fixed(const Scenario& scenario, const std::vector<Level>& levels,
                     std::uint64_t seed) {
  return cost_of(run_pinned(make_sim_config(scenario, seed), scenario.control.knobs, levels,
                            kRunTimeoutSeconds));
}

}  // namespace flyball
