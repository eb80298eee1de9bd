#include "replay/span_converter.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/replay/sample_log.h"
#include "tests/support/error_text.h"

using namespace flyball;
using doctest::Approx;

namespace {

SpanConfig period_config() { return span_config(SpanCredit::kPeriod); }

// What a converter makes of the rows, which it sees from `reach` before the current one on.
std::vector<ConvertedSpan> converted(SpanConverter& converter,
                                     const std::vector<TelemetryRow>& rows,
                                     std::size_t reach = 1000) {
  std::vector<ConvertedSpan> spans;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const std::size_t first = row > reach ? row - reach : 0;
    const std::size_t end = std::min(row + 2, rows.size());
    const RowWindow window{std::span(rows).subspan(first, end - first), first};
    for (ConvertedSpan& span : converter.add(window, row, {})) spans.push_back(std::move(span));
  }
  return spans;
}

std::vector<ConvertedSpan> spans_of(const std::vector<TelemetryRow>& rows,
                                    const SpanConfig& config = period_config(),
                                    const TelemetryLogHeader& header = one_gpu()) {
  SpanConverter converter(header, config);
  return converted(converter, rows);
}

// Two seconds under a setting each, and the row that tells how the last span ended.
std::vector<TelemetryRow> two_settings() {
  Log log;
  log.add(20, 2, 8.0, 2, true);
  log.add(21, 0, 4.0, 2, true);
  return log.rows;
}

template <typename Change>
std::string complaint(Change change) {
  SpanConfig config = period_config();
  change(config);
  const TelemetryLogHeader header = one_gpu();
  return error_text([&] { SpanConverter(header, config); });
}

}  // namespace

TEST_CASE("spans follow each other without a gap, each a period long") {
  const auto spans = spans_of(two_settings());
  REQUIRE(spans.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(spans[i].rows.begin == 10 * i);
    CHECK(spans[i].rows.end == 10 * (i + 1));
    REQUIRE(spans[i].transition.has_value());
    CHECK(spans[i].transition->seconds == Approx(1.0));
    CHECK(spans[i].transition->action == (i < 2 ? 2 : 0));
  }
  CHECK(spans[0].transition->next_observation == spans[1].transition->observation);
}

TEST_CASE("rows before the span that went before are not needed any more") {
  const std::vector<TelemetryRow> rows = two_settings();
  for (const SpanCredit credit : {SpanCredit::kPeriod, SpanCredit::kWholeBatches}) {
    const SpanConfig config = span_config(credit);
    const TelemetryLogHeader header = one_gpu();
    SpanConverter whole(header, config);
    SpanConverter short_sighted(header, config);
    const auto all = converted(whole, rows);
    const auto late = converted(short_sighted, rows, 21);
    REQUIRE(late.size() == all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      REQUIRE(late[i].transition.has_value() == all[i].transition.has_value());
      if (!all[i].transition) continue;
      CHECK(late[i].transition->observation == all[i].transition->observation);
      CHECK(late[i].transition->action == all[i].transition->action);
      CHECK(late[i].transition->cost().energy_joules == all[i].transition->cost().energy_joules);
    }
  }
}

TEST_CASE("the observation and the knobs are those of the configuration") {
  SpanConfig config = period_config();
  config.encoder.with_power = true;
  const TelemetryLogHeader header = one_gpu();
  const SpanConverter converter(header, config);
  CHECK(converter.observation_names() == std::vector<std::string>{"effective.gpu", "power",
                                                                  "previous_action.gpu", "t_as",
                                                                  "vector_to_go.gpu"});
  CHECK(converter.observation_size() == 5);
  REQUIRE(converter.knobs().size() == 1);
  CHECK(converter.knobs()[0].name == "gpu");
  CHECK(converter.counts().rows == 0);
}

TEST_CASE("limits are those of the modes so far, and of an unknown mode those of the header") {
  TelemetryLogHeader header = one_gpu();
  header.modes = {{3, {{1, 2}}}, {7, {{0, 1}}}};
  const auto limits_after = [&](std::vector<std::uint16_t> modes, bool with_mode) {
    std::vector<TelemetryRow> rows = two_settings();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      rows[i].mode = modes[std::min(i / 20, modes.size() - 1)];
    }
    SpanConfig config = period_config();
    config.encoder.with_mode = with_mode;
    SpanConverter converter(header, config);
    converted(converter, rows);
    CHECK(converter.join() == (with_mode ? LimitJoin::kAny : LimitJoin::kCommon));
    return converter.limits();
  };
  CHECK(limits_after({3}, false) == std::vector<LevelRange>{{1, 2}});
  CHECK(limits_after({3, 7}, false) == std::vector<LevelRange>{{1, 1}});
  CHECK(limits_after({3, 7}, true) == std::vector<LevelRange>{{0, 2}});
  CHECK(limits_after({99}, false) == std::vector<LevelRange>{{0, 2}});
}

TEST_CASE("rows, spans, gaps and changes of mode are counted") {
  std::vector<TelemetryRow> rows = two_settings();
  for (std::size_t i = 10; i < rows.size(); ++i) rows[i].telemetry.time_seconds += 5.0;
  for (std::size_t i = 30; i < rows.size(); ++i) rows[i].mode = 4;
  const TelemetryLogHeader header = one_gpu();
  const SpanConfig config = period_config();
  SpanConverter converter(header, config);
  const auto spans = converted(converter, rows);
  CHECK(converter.counts().rows == 41);
  CHECK(converter.counts().spans == spans.size());
  CHECK(converter.counts().gaps == 1);
  CHECK(converter.counts().mode_changes == 1);
  CHECK(converter.counts().random == spans.size());
  CHECK(spans[0].transition.value().truncated);
  CHECK_FALSE(spans[0].transition->terminated);
}

TEST_CASE("a span of the residents has their cost, weighted, and no chooser") {
  Log log;
  log.add(11, 2, 8.0, 2, false);
  for (TelemetryRow& row : log.rows) row.probability = 0.5;  // of nothing that was chosen
  SpanConfig config = period_config();
  config.weight = 0.25;
  const auto spans = spans_of(log.rows, config);
  REQUIRE(spans.size() == 1);
  REQUIRE(spans[0].resident_cost.has_value());
  CHECK(spans[0].resident_cost->seconds == Approx(0.25));
  CHECK(spans[0].resident_cost->served == Approx(5.0));
  CHECK_FALSE(spans[0].unpowered_resident_cost.has_value());
  REQUIRE(spans[0].transition.has_value());
  CHECK(spans[0].transition->weight == 0.25);
  CHECK(spans[0].transition->decided_by == DecidedBy::kResident);
  CHECK_FALSE(spans[0].transition->probability.has_value());
}

TEST_CASE("a span of somebody else's choice is no cost of the residents") {
  for (const ConvertedSpan& span : spans_of(two_settings())) {
    CHECK(span.transition.has_value());
    CHECK_FALSE(span.resident_cost.has_value());
    CHECK_FALSE(span.unpowered_resident_cost.has_value());
  }
}

TEST_CASE("a span of the residents whose energy is not known is told apart, without a transition") {
  Log log;
  log.add(11, 2, 8.0, 2, false);
  for (TelemetryRow& row : log.rows) {
    row.telemetry.total_watts.clear();
    row.after_effect.energy_joules.reset();
  }
  const auto spans = spans_of(log.rows);
  REQUIRE(spans.size() == 1);
  CHECK_FALSE(spans[0].transition.has_value());
  CHECK_FALSE(spans[0].resident_cost.has_value());
  REQUIRE(spans[0].unpowered_resident_cost.has_value());
  CHECK(spans[0].unpowered_resident_cost->served == Approx(20.0));
}

TEST_CASE("a span shorter than the minimum, or without the application's figures, is left out") {
  SpanConfig config = period_config();
  config.minimum_seconds = 1.5;
  const TelemetryLogHeader header = one_gpu();
  SpanConverter short_spans(header, config);
  for (const ConvertedSpan& span : converted(short_spans, two_settings())) {
    CHECK_FALSE(span.transition.has_value());
  }
  CHECK(short_spans.counts().incomplete == 4);
  std::vector<TelemetryRow> rows = two_settings();
  rows[15].telemetry.application.clear();
  const SpanConfig plain = period_config();
  SpanConverter unobserved(header, plain);
  const auto spans = converted(unobserved, rows);
  CHECK(unobserved.counts().unobserved == 1);
  REQUIRE(spans.size() == 4);
  CHECK_FALSE(spans[1].transition.has_value());
}

TEST_CASE("the effect is when it was seen, else when it was applied, and 0 where nothing was") {
  const auto effect = [](std::optional<double> seen, std::optional<double> applied, bool decided) {
    std::vector<TelemetryRow> rows = two_settings();
    rows[0].effect_seconds = seen;
    rows[0].t_as_seconds = applied;
    rows[0].decided = decided;
    return spans_of(rows).at(0).transition.value().effect_seconds;
  };
  CHECK(effect(0.02, 0.01, true) == 0.02);
  CHECK(effect(std::nullopt, 0.01, true) == 0.01);
  CHECK(effect(std::nullopt, std::nullopt, true) == 0.0);
  CHECK(effect(0.02, 0.01, false) == 0.0);
}

TEST_CASE(
    "the state at the effect may be in a later row, and an effect after the span is at its end") {
  std::vector<TelemetryRow> rows = two_settings();
  rows[0].effect_seconds = 0.16;
  std::swap(rows[0].before_effect, rows[0].after_effect);
  rows[1].before_effect = rows[1].after_effect * 0.6;
  rows[1].after_effect = rows[1].after_effect * 0.4;
  rows[1].at_effect = rows[2].telemetry;
  const Transition first = spans_of(rows).at(0).transition.value();
  CHECK(first.effect_seconds == 0.16);
  CHECK(first.before_effect.seconds == doctest::Approx(0.16));
  CHECK(first.effect_observation.size() == first.observation.size());
  rows[0].effect_seconds = 5.0;
  CHECK(spans_of(rows).at(0).transition.value().effect_seconds == doctest::Approx(1.0));
}

TEST_CASE("the work's end terminates its span, and the last row belongs to it") {
  Log log;
  log.add(10, 2, 8.0, 2, true);
  log.rows.back().terminated = true;
  const auto spans = spans_of(log.rows);
  REQUIRE(spans.size() == 1);
  CHECK(spans[0].rows.end == 10);
  CHECK(spans[0].rows.last == 9);
  REQUIRE(spans[0].transition.has_value());
  CHECK(spans[0].transition->terminated);
  CHECK_FALSE(spans[0].transition->truncated);
}

TEST_CASE("a single row is no span") { CHECK(spans_of({two_settings().front()}).empty()); }

TEST_CASE("what the log does not have is refused by name, a wrong value by its key and range") {
  CHECK(complaint([](SpanConfig&) {}) == "no error");
  CHECK(complaint([](SpanConfig& c) { c.knobs = {"emc"}; }) == "no knob \"emc\" (there are: gpu)");
  CHECK(complaint([](SpanConfig& c) { c.knobs.clear(); }) == "knobs: name at least one");
  CHECK(complaint([](SpanConfig& c) { c.held_share = 0.5; }) ==
        "held_share = 0.5: must be in (0.5, 1]");
  CHECK(complaint([](SpanConfig& c) { c.gap_factor = 1.0; }) == "gap_factor = 1: must be > 1");
  CHECK(complaint([](SpanConfig& c) { c.weight = 0.0; }) == "weight = 0: must be > 0");
  CHECK(complaint([](SpanConfig& c) { c.encoder.period_seconds = -1.0; }) ==
        "encoder.period_seconds = -1: must be > 0");
}

TEST_CASE("an observation of requests needs a log that tells of them") {
  TelemetryLogHeader header = one_gpu();
  header.plant.has_application = false;
  SpanConfig config = period_config();
  config.encoder.with_queue = true;
  CHECK_THROWS_WITH_AS(SpanConverter(header, config),
                       doctest::Contains("this plant has no application source"),
                       std::invalid_argument);
}
