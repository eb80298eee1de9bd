#include "replay/transition_stream.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "tests/replay/sample_log.h"

using namespace flyball;

namespace {

// `truncated` apart, which may depend on spans to come.
bool same_bits(const Transition& a, const Transition& b) {
  const auto same = [](const SpanCost& x, const SpanCost& y) {
    return x.seconds == y.seconds && x.energy_joules == y.energy_joules &&
           x.in_system_seconds == y.in_system_seconds && x.served == y.served &&
           x.missed == y.missed;
  };
  return a.observation == b.observation && a.next_observation == b.next_observation &&
         a.effect_observation == b.effect_observation && a.action == b.action &&
         same(a.before_effect, b.before_effect) && same(a.after_effect, b.after_effect) &&
         a.effect_seconds == b.effect_seconds && a.seconds == b.seconds && a.weight == b.weight &&
         a.decided_by == b.decided_by && a.probability == b.probability &&
         a.terminated == b.terminated;
}

}  // namespace

TEST_CASE("a stream hands on what the whole log gives, span by span, as soon as it is complete") {
  for (const SpanCredit credit : {SpanCredit::kWholeBatches, SpanCredit::kPeriod}) {
    Log log;
    log.add(23, 2, 8.0, 3, true);
    log.add(20, 0, 4.0, 13, true);
    log.add(30, 0, 4.5, 5, true);
    log.add(25, 1, 6.0, 4, false);
    log.add(40, 2, 8.0, 3, true);
    // A governor leaves decisions to the residents, too.
    for (std::size_t row = 73; row < 98; row += 10) {
      log.rows[row].decided = true;
      log.rows[row].t_as_seconds = 0.004;
    }
    const LogTransitions whole = log_transitions(one_gpu(), log.rows, span_config(credit));
    std::vector<Transition> streamed;
    SpanCost residents;
    std::size_t rows = 0;
    std::size_t latest = 0;
    TransitionStream stream(one_gpu(), span_config(credit), [&](const StreamedSpan& span) {
      latest = rows;
      if (span.resident_cost != nullptr) residents += *span.resident_cost;
      if (span.transition != nullptr) streamed.push_back(*span.transition);
    });
    for (const TelemetryRow& row : log.rows) {
      ++rows;
      stream.add(row);
    }
    REQUIRE(streamed.size() >= 6);
    REQUIRE(streamed.size() <= whole.transitions.size());
    CHECK(whole.transitions.size() - streamed.size() <= 2);
    CHECK(latest > log.rows.size() - 12);
    for (std::size_t i = 0; i < streamed.size(); ++i) {
      CAPTURE(i);
      CHECK(same_bits(streamed[i], whole.transitions[i]));
    }
    CHECK(residents.energy_joules == whole.residents.energy_joules);
  }
}

TEST_CASE("a stream shares waits for storage over the log so far, not over the rows it holds") {
  const Log log = waiting_log(24);
  SpanConfig config = span_config(SpanCredit::kWholeBatches);
  config.sensor_lag_seconds = 0.0;
  const LogTransitions whole = log_transitions(one_gpu(), log.rows, config);
  std::vector<Transition> streamed;
  TransitionStream stream(one_gpu(), config, [&](const StreamedSpan& span) {
    if (span.transition != nullptr) streamed.push_back(*span.transition);
  });
  for (const TelemetryRow& row : log.rows) stream.add(row);
  REQUIRE(streamed.size() >= 20);
  for (std::size_t i = streamed.size() / 2; i < streamed.size(); ++i) {
    CAPTURE(i);
    const SpanCost& cost = streamed[i].after_effect;
    const SpanCost& expected = whole.transitions[i].after_effect;
    const double ratio = cost.seconds / cost.served / (expected.seconds / expected.served);
    CHECK(std::abs(ratio - 1.0) < 0.02);
  }
}

TEST_CASE("a stream needs the row after the one that ends a span, and no more") {
  Log log;
  log.add(31, 2, 8.0, 4, true);
  std::size_t spans = 0;
  TransitionStream stream(one_gpu(), span_config(SpanCredit::kPeriod),
                          [&](const StreamedSpan&) { ++spans; });
  std::vector<std::size_t> after;
  for (const TelemetryRow& row : log.rows) {
    stream.add(row);
    after.push_back(spans);
  }
  CHECK(after[10] == 0);  // row 10 begins the next span
  CHECK(after[11] == 1);
  CHECK(after[21] == 2);
}

TEST_CASE("a span without power streams without a transition, and the next one goes on") {
  Log log;
  log.add(41, 2, 8.0, 4, true);
  for (std::size_t row = 10; row < 20; ++row) {
    log.rows[row].telemetry.total_watts.clear();
    log.rows[row].after_effect.energy_joules.reset();
  }
  std::vector<bool> has_transition;
  TransitionStream stream(
      one_gpu(), span_config(SpanCredit::kPeriod),
      [&](const StreamedSpan& span) { has_transition.push_back(span.transition != nullptr); });
  for (const TelemetryRow& row : log.rows) stream.add(row);
  REQUIRE(has_transition.size() >= 3);
  CHECK_FALSE(has_transition[1]);
  CHECK(has_transition[2]);
}
