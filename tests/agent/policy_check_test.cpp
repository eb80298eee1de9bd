// Estimates from a log against what the simulator knows.
#include "agent/policy_check.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "controllers/evaluation/sim_setup.h"
#include "controllers/evaluation/simulated_log.h"
#include "controllers/evaluation/simulated_run.h"
#include "env/logs/row_collector.h"
#include "tools/config/scenario.h"

using namespace flyball;

namespace {

// Stock governors with a fifth of the time under random settings, as a user's first log.
TrainingSet quickstart_log(const Scenario& scenario, double seconds) {
  SimulatedLogConfig config;
  config.duration_seconds = seconds;
  config.seed = 5;
  SimulatedLog log(scenario, config);
  RowCollector collector;
  log.run(collector, [](double) { return true; });
  SpanConfig spans;
  spans.knobs = scenario.control.knobs;
  spans.encoder.period_seconds = scenario.control.period_seconds;
  spans.encoder.with_effective = false;
  spans.encoder.with_utilization = false;
  spans.credit = SpanCredit::kWholeBatches;
  TrainingSet set;
  set.period_seconds = scenario.control.period_seconds;
  append(set, "log", log.header().plant.board,
         log_transitions(log.header(), collector.rows, spans));
  return set;
}

}  // namespace

TEST_CASE("fitted Q evaluation from a simulated log agrees with the simulator's truth") {
  const Scenario scenario = load_scenario("quickstart");
  const TrainingSet set = quickstart_log(scenario, 5400.0);
  const ActionSpace actions({set.knobs[0].levels.size(), set.knobs[1].levels.size()});
  const std::vector<std::size_t> counts = action_counts(actions, set.transitions);
  // Settings that the log saw a few times, from slow to fast.
  std::vector<std::uint32_t> seen;
  for (std::uint32_t a = 0; a < counts.size(); ++a) {
    if (counts[a] >= 4 && counts[a] < 100) seen.push_back(a);
  }
  REQUIRE(seen.size() >= 6);
  int covered = 0;
  for (std::size_t i = 0; i < 6; ++i) {
    const std::uint32_t action = seen[i * (seen.size() - 1) / 5];
    CAPTURE(action);
    EvaluationConfig config;
    config.period_seconds = set.period_seconds;
    const PolicyCheck check = check_policy(
        set,
        [action](std::span<const float>, std::span<std::uint32_t> chosen) {
          std::fill(chosen.begin(), chosen.end(), action);
        },
        config);
    std::vector<Level> levels(2);
    actions.levels_of(action, levels);
    const RunFigures truth =
        run_pinned(make_sim_config(scenario, 77), scenario.control.knobs, levels, 1e6);
    const Estimate& energy = check.fitted.energy_joules;
    MESSAGE(energy.value, " (", energy.interval.low, " .. ", energy.interval.high, "), truth ",
            truth.energy_per_request, "; latency ", check.fitted.latency_seconds.value, ", truth ",
            truth.latency_mean_seconds);
    CHECK(std::abs(energy.value / truth.energy_per_request - 1.0) < 0.03);
    const double latency = check.fitted.latency_seconds.value;
    CHECK(std::abs(latency / truth.latency_mean_seconds - 1.0) < 0.03);
    covered += energy.interval.low <= truth.energy_per_request &&
                       truth.energy_per_request <= energy.interval.high
                   ? 1
                   : 0;
    CHECK(check.support.seen_share == 1.0);
    // One setting of dozens, a fifth of the time: too few samples to go without a model.
    CHECK_FALSE(check.importance.figures.has_value());
  }
  MESSAGE(covered, " of 6 intervals cover the truth");
}
