#include "tools/simulation/simulated_log.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <algorithm>
#include <vector>

#include "replay/log_transitions.h"

using namespace flyball;

namespace {

class Rows final : public TelemetrySink {
 public:
  void write(const TelemetryRow& row) override { rows.push_back(row); }
  std::vector<TelemetryRow> rows;
};

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

Rows run(SimulatedLog& log) {
  Rows rows;
  log.run(rows, [](double) { return true; });
  return rows;
}

}  // namespace

TEST_CASE("a simulated log holds stock and random settings and becomes transitions") {
  SimulatedLog log(quickstart(), short_log());
  CHECK(log.explored_actions() > 10);
  const Rows rows = run(log);
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

TEST_CASE("the same seed simulates the same log") {
  SimulatedLogConfig config = short_log();
  config.duration_seconds = 60.0;
  SimulatedLog first(quickstart(), config);
  SimulatedLog second(quickstart(), config);
  const Rows a = run(first);
  const Rows b = run(second);
  REQUIRE(a.rows.size() == b.rows.size());
  for (std::size_t i = 0; i < a.rows.size(); ++i) {
    CHECK(a.rows[i].setting == b.rows[i].setting);
    CHECK(a.rows[i].after_effect.energy_joules == b.rows[i].after_effect.energy_joules);
    CHECK(a.rows[i].after_effect.served == b.rows[i].after_effect.served);
  }
}
