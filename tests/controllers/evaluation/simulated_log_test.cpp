#include "controllers/evaluation/simulated_log.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "env/logs/row_collector.h"
#include "replay/log_transitions.h"
#include "tools/config/scenario.h"

using namespace flyball;

namespace {

constexpr std::array<double, 8> kEffects = {0.001, 0.004, 0.005, 0.201, 0.02, 0.023, 0.024, 0.22};

Scenario quickstart() {
  setenv("FLYBALL_CONFIGS", FLYBALL_SOURCE_DIR "/configs", 1);
  return load_scenario("quickstart");
}

SimulatedLogConfig short_log() {
  SimulatedLogConfig config;
  config.duration_seconds = 400.0;
  config.explore = 0.5;
  config.seed = 3;
  return config;
}

RowCollector run(SimulatedLog& log) {
  RowCollector rows;
  log.run(rows, [](double) { return true; });
  return rows;
}

}  // namespace

TEST_CASE("a simulated log holds stock and random settings and becomes transitions") {
  SimulatedLog log(quickstart(), short_log());
  RowCollector rows;
  const SimulatedLogRun done = log.run(rows, [](double) { return true; });
  CHECK(done.seconds == doctest::Approx(400.0).epsilon(0.01));
  CHECK(done.settings > 10);
  CHECK(rows.rows.size() > 3900);
  CHECK(is_simulated(log.header()));
  const auto random = std::count_if(rows.rows.begin(), rows.rows.end(), [](const TelemetryRow& r) {
    return r.decided_by == DecidedBy::kRandom;
  });
  CHECK(random > 800);
  CHECK(random < 3200);
  SpanConfig spans;
  spans.knobs = log.header().leased_knobs;
  spans.encoder.period_seconds = quickstart().control.period_seconds;
  spans.credit = SpanCredit::kWholeBatches;
  const LogTransitions transitions = log_transitions(log.header(), rows.rows, spans);
  CHECK(transitions.transitions.size() > 60);
  CHECK(transitions.counts.random > 20);
  CHECK(transitions.residents.served > 0.0);
}

TEST_CASE(
    "a longer log has more fine-tuning beside its requests, so that it never holds less of it") {
  Scenario scenario = load_scenario("fine-tuning-agx-xavier");
  const double minibatches = static_cast<double>(scenario.application.fine_tuning->minibatches);
  CHECK(lasting(scenario, 1200.0).application.fine_tuning->minibatches == 10 * minibatches);
  CHECK(lasting(scenario, 60.0).application.fine_tuning->minibatches == minibatches / 2);

  SimulatedLogConfig config;
  config.duration_seconds = 400.0;
  SimulatedLog log(scenario, config);
  const RowCollector rows = run(log);
  const auto& domains = log.header().plant.domains;
  const auto gpu = std::ranges::find(domains, "gpu", &Domain::name) - domains.begin();
  const auto busy_at = [&](double share) {
    const auto row = static_cast<std::size_t>(share * static_cast<double>(rows.rows.size() - 1));
    return *rows.rows[row].telemetry.domains->at(static_cast<std::size_t>(gpu)).busy_seconds;
  };
  const double first_quarter = busy_at(0.25);
  CHECK(first_quarter > 40.0);
  CHECK(busy_at(1.0) - busy_at(0.75) > 0.9 * first_quarter);
}

TEST_CASE("a log that explores begins with stock alone and returns to it") {
  SimulatedLogConfig config = short_log();
  config.explore = 1.0;
  config.stock_share = 0.1;
  SimulatedLog log(quickstart(), config);
  for (const TelemetryRow& row : run(log).rows) {
    const double seconds = row.telemetry.time_seconds;
    if (seconds < 40.0 || seconds > 364.5) CHECK(row.decided_by == DecidedBy::kResident);
    if (seconds > 44.5 && seconds < 359.5) CHECK(row.decided_by == DecidedBy::kRandom);
  }
}

TEST_CASE("power is as old as a board's sensors are, everything else is of now") {
  SimulatedLogConfig config = short_log();
  config.duration_seconds = 60.0;
  config.power_seconds = 0.5;
  SimulatedLog log(quickstart(), config);
  int fresh = 0;
  const RowCollector rows = run(log);
  for (const TelemetryRow& row : rows.rows) {
    const Telemetry& shown = row.telemetry;
    CHECK(shown.time_seconds - shown.total_watts.time_seconds() < 0.45);
    CHECK(shown.domains.time_seconds() == shown.time_seconds);
    fresh += shown.total_watts.time_seconds() == shown.time_seconds ? 1 : 0;
  }
  CHECK(fresh == 120);
}

TEST_CASE("the same seed simulates the same log") {
  SimulatedLogConfig config = short_log();
  config.duration_seconds = 60.0;
  SimulatedLog first(quickstart(), config);
  SimulatedLog second(quickstart(), config);
  const RowCollector a = run(first);
  const RowCollector b = run(second);
  REQUIRE(a.rows.size() == b.rows.size());
  for (std::size_t i = 0; i < a.rows.size(); ++i) {
    CHECK(a.rows[i].setting == b.rows[i].setting);
    CHECK(a.rows[i].after_effect.energy_joules == b.rows[i].after_effect.energy_joules);
    CHECK(a.rows[i].after_effect.served == b.rows[i].after_effect.served);
  }
}

TEST_CASE("modes and deadlines are drawn anew for each segment, and each mode's limits are kept") {
  setenv("FLYBALL_CONFIGS", FLYBALL_SOURCE_DIR "/configs", 1);
  SimulatedLogConfig config;
  config.duration_seconds = 300.0;
  config.segment_seconds = 20.0;
  config.explore = 0.5;
  config.modes = {0, 1};
  config.deadline_factors = Interval{0.5, 2.0};
  config.seed = 2;
  SimulatedLog log(load_scenario("poisson-nano"), config);
  const std::vector<ModeLimits>& modes = log.header().modes;
  REQUIRE(modes.size() == 2);
  CHECK(modes[0].limits != modes[1].limits);
  const RowCollector rows = run(log);
  std::size_t changes = 0;
  std::vector<double> deadlines;
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    const TelemetryRow& row = rows.rows[i];
    REQUIRE(row.mode.has_value());
    if (i > 0) {
      CHECK(row.telemetry.time_seconds > rows.rows[i - 1].telemetry.time_seconds);
      if (row.mode != rows.rows[i - 1].mode) {
        ++changes;
        CHECK(rows.rows[i - 1].truncated);
      }
    }
    if (row.telemetry.application->deadline_seconds) {
      deadlines.push_back(*row.telemetry.application->deadline_seconds);
    }
    if (!row.setting) continue;
    const auto mode = std::find_if(modes.begin(), modes.end(),
                                   [&](const ModeLimits& m) { return m.id == row.mode; });
    for (std::size_t k = 0; k < row.setting->size(); ++k) {
      const std::size_t knob = find_knob(log.header().plant.knobs, log.header().leased_knobs[k]);
      CHECK((*row.setting)[k].floor >= mode->limits[knob].floor);
      CHECK((*row.setting)[k].ceiling <= mode->limits[knob].ceiling);
    }
  }
  CHECK(changes >= 3);
  CHECK(rows.rows.back().telemetry.time_seconds > 299.0);
  std::sort(deadlines.begin(), deadlines.end());
  CHECK(deadlines.front() >= 0.2);
  CHECK(deadlines.front() < 0.3);
  CHECK(deadlines.back() <= 0.8);
  CHECK(deadlines.back() > 0.6);

  SimulatedLogConfig endless = config;
  endless.duration_seconds.reset();
  CHECK_THROWS_AS(SimulatedLog(load_scenario("poisson-nano"), endless), std::invalid_argument);
  CHECK_THROWS_WITH_AS(SimulatedLog(quickstart(), config),
                       "deadline_factors: scenario quickstart has no arrivals.deadline_seconds",
                       std::invalid_argument);
}

TEST_CASE("transitions hold the delays that were drawn, the same for the same seed") {
  Scenario scenario = quickstart();
  scenario.control.think_seconds = Delays(std::vector<double>{0.001, 0.02});
  scenario.control.actuation.cpu = Delays(0.003);
  scenario.control.actuation.gpu = Delays(std::vector<double>{0.004, 0.2});
  SpanConfig spans;
  spans.knobs = scenario.control.knobs;
  spans.encoder.period_seconds = scenario.control.period_seconds;
  const auto effects = [&] {
    SimulatedLog log(scenario, short_log());
    std::vector<double> seconds;
    for (const Transition& transition :
         log_transitions(log.header(), run(log).rows, spans).transitions) {
      if (transition.decided_by != DecidedBy::kRandom) continue;
      // A span that ended first took no effect.
      if (transition.effect_seconds < transition.seconds) {
        seconds.push_back(transition.effect_seconds);
      }
    }
    return seconds;
  };
  const std::vector<double> drawn = effects();
  CHECK(drawn.size() > 20);
  int slow = 0;
  for (const double seconds : drawn) {
    // Held: t_AS alone. Changed: t_AS and the slower of CPU and GPU.
    const bool known = std::any_of(kEffects.begin(), kEffects.end(), [&](double effect) {
      return std::abs(seconds - effect) < 1e-6;
    });
    CAPTURE(seconds);
    CHECK(known);
    slow += seconds > 0.19 ? 1 : 0;
  }
  CHECK(slow > 0);
  CHECK(effects() == drawn);
}
