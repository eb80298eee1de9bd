#include "replay/log_transitions.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "tests/replay/sample_log.h"

using namespace flyball;

namespace {

// The module's power is not read in [begin, end).
void lose_power(Log& log, std::size_t begin, std::size_t end) {
  for (std::size_t row = begin; row < end; ++row) log.rows[row].telemetry.total_watts.clear();
  for (std::size_t row = begin == 0 ? 0 : begin - 1; row < end; ++row) {
    log.rows[row].after_effect.energy_joules.reset();
  }
}

}  // namespace

TEST_CASE("a knob is named once") {
  SpanConfig config = span_config(SpanCredit::kPeriod);
  CHECK_NOTHROW(validate(config));
  config.knobs = {"gpu", "gpu"};
  CHECK_THROWS_WITH_AS(validate(config), "knobs[0]: \"gpu\" is named twice", std::invalid_argument);
  config.knobs = {"gpu"};
  config.caps = {"gpu"};
  CHECK_NOTHROW(validate(config));
  config.caps = {"gpu", "gpu"};
  CHECK_THROWS_WITH_AS(validate(config), "caps[0]: \"gpu\" is named twice", std::invalid_argument);
}

TEST_CASE("whole batches: energy per request is power times latency over the batch") {
  Log log;
  log.add(40, 2, 8.0, 3, true);
  const auto result = log_transitions(one_gpu(), log.rows, span_config(SpanCredit::kWholeBatches));
  REQUIRE(result.transitions.size() == 4);
  for (const Transition& t : result.transitions) {
    CHECK(t.action == 2);
    const SpanCost& cost = t.after_effect;
    CHECK(cost.served >= 8.0);
    CHECK(*cost.energy_joules / cost.served == doctest::Approx(8.0 * 0.3 / 4.0));
    CHECK(cost.in_system_seconds / cost.served == doctest::Approx(0.3));
  }
  CHECK(result.transitions.back().truncated);
  CHECK_FALSE(result.transitions.front().truncated);
  CHECK(result.counts.random == 4);
}

TEST_CASE("whole batches: a wait for storage is shared by all requests of the log") {
  Log log = waiting_log(12);
  SpanConfig config = span_config(SpanCredit::kWholeBatches);
  config.sensor_lag_seconds = 0.0;
  const auto evened = log_transitions(one_gpu(), log.rows, config);
  for (TelemetryRow& row : log.rows) row.telemetry.cpus.clear();
  const auto as_it_fell = log_transitions(one_gpu(), log.rows, config);
  const auto spread = [](const LogTransitions& result) {
    double lowest = 1e9;
    double highest = 0.0;
    for (const Transition& t : result.transitions) {
      const double joules = *t.after_effect.energy_joules / t.after_effect.served;
      lowest = std::min(lowest, joules);
      highest = std::max(highest, joules);
    }
    return highest / lowest - 1.0;
  };
  REQUIRE(evened.transitions.size() == as_it_fell.transitions.size());
  CHECK(spread(as_it_fell) > 0.1);
  CHECK(spread(evened) < 1e-6);
}

TEST_CASE("a span never crosses a change of the setting") {
  Log log;
  log.add(20, 2, 8.0, 3, true);
  log.add(20, 0, 4.0, 5, true);
  log.add(1, 0, 4.0, 5, true);
  const auto result = log_transitions(one_gpu(), log.rows, span_config(SpanCredit::kWholeBatches));
  for (const Transition& t : result.transitions) {
    const double latency = t.after_effect.in_system_seconds / t.after_effect.served;
    CHECK(latency == doctest::Approx(t.action == 2 ? 0.3 : 0.5).epsilon(0.01));
  }
  CHECK(result.transitions.size() >= 3);
}

TEST_CASE("a resident's level is an action only if it was held for nine tenths of the span") {
  Log log;
  log.add(10, 2, 8.0, 2, false);
  log.add(5, 1, 6.0, 2, false);
  log.add(5, 2, 8.0, 2, false);
  log.add(1, 2, 8.0, 2, false);
  const auto result = log_transitions(one_gpu(), log.rows, span_config(SpanCredit::kPeriod));
  REQUIRE(result.transitions.size() == 1);
  CHECK(result.transitions[0].action == 2);
  CHECK(result.counts.unheld == 1);
  CHECK(result.counts.random == 0);
  CHECK(result.residents.served == 40.0);
}

TEST_CASE("a span that is left out ends the episode before it") {
  Log log;
  log.add(20, 2, 8.0, 2, false);
  log.add(5, 1, 6.0, 2, false);
  log.add(25, 2, 8.0, 2, false);
  log.add(1, 2, 8.0, 2, false);
  const auto result = log_transitions(one_gpu(), log.rows, span_config(SpanCredit::kPeriod));
  REQUIRE(result.counts.unheld == 1);
  REQUIRE(result.transitions.size() == 4);
  CHECK_FALSE(result.transitions[0].truncated);
  CHECK(result.transitions[1].truncated);
  CHECK_FALSE(result.transitions[2].truncated);
  CHECK(result.transitions[3].truncated);
  CHECK(result.transitions[0].next_observation == result.transitions[1].observation);
}

TEST_CASE("switching CPUs off ends the episode: another mode") {
  Log log;
  log.add(41, 2, 8.0, 2, true);
  for (std::size_t i = 0; i < log.rows.size(); ++i) {
    CpuTelemetry cpu;
    cpu.online = i < 20;
    log.rows[i].telemetry.cpus.refill(log.rows[i].telemetry.time_seconds) = {CpuTelemetry{}, cpu};
  }
  const auto result = log_transitions(one_gpu(), log.rows, span_config(SpanCredit::kPeriod));
  CHECK(result.counts.mode_changes == 1);
  CHECK(result.counts.gaps == 0);
  REQUIRE(result.transitions.size() == 4);
  CHECK(result.transitions[1].truncated);
  CHECK_FALSE(result.transitions[2].truncated);
}

// 41 rows, the first 20 in mode 3 and the rest in mode 7, which forbids the highest level.
Log two_modes() {
  Log log;
  log.add(20, 2, 8.0, 2, true);
  log.add(21, 1, 6.0, 2, true);
  for (std::size_t i = 0; i < log.rows.size(); ++i) log.rows[i].mode = i < 20 ? 3 : 7;
  return log;
}

TelemetryLogHeader one_gpu_two_modes() {
  TelemetryLogHeader header = one_gpu();
  header.modes = {{3, {{0, 2}}}, {7, {{0, 1}}}};
  return header;
}

TEST_CASE("a mode that only moves frequency limits ends the episode, too") {
  Log log = two_modes();
  SpanConfig config = span_config(SpanCredit::kPeriod);
  const auto result = log_transitions(one_gpu_two_modes(), log.rows, config);
  CHECK(result.counts.mode_changes == 1);
  REQUIRE(result.transitions.size() >= 4);
  CHECK(result.transitions[1].truncated);
  CHECK(result.transitions[1].action == 2);
  CHECK(result.transitions[2].action == 1);
  CHECK_FALSE(result.transitions[2].truncated);
  CHECK(result.limits == std::vector<LevelRange>{{0, 1}});  // what both modes allow
  for (TelemetryRow& row : log.rows) row.mode.reset();
  CHECK(log_transitions(one_gpu_two_modes(), log.rows, config).counts.mode_changes == 0);
}

TEST_CASE("where the observation tells the mode, each row has its own limits and the set has all") {
  Log log = two_modes();
  for (TelemetryRow& row : log.rows) row.telemetry.cpus.refill(0.0).assign(1, {});
  SpanConfig config = span_config(SpanCredit::kPeriod);
  config.encoder.with_mode = true;
  const TelemetryLogHeader header = one_gpu_two_modes();
  const auto result = log_transitions(header, log.rows, config);
  CHECK(result.limits == std::vector<LevelRange>{{0, 2}});
  const auto& names = result.observation_names;
  const auto place = static_cast<std::size_t>(std::find(names.begin(), names.end(), "ceiling.gpu") -
                                              names.begin());
  REQUIRE(place < names.size());
  for (const Transition& t : result.transitions) {
    const Level ceiling = decoded_level(header.plant.knobs[0], t.observation[place]);
    CHECK(ceiling == (t.action == 2 ? 2 : 1));
    CHECK(t.next_observation[place] == t.observation[place]);
  }
}

TEST_CASE("a transition says who decided and with which probability") {
  Log log;
  log.add(21, 2, 8.0, 2, true);
  for (TelemetryRow& row : log.rows) row.probability = 0.25;
  const auto result = log_transitions(one_gpu(), log.rows, span_config(SpanCredit::kPeriod));
  REQUIRE_FALSE(result.transitions.empty());
  CHECK(result.transitions[0].decided_by == DecidedBy::kRandom);
  CHECK(result.transitions[0].probability == 0.25);
}

TEST_CASE("costs of a period are split at the effect and the sensor's lag is undone") {
  Log log;
  log.add(10, 2, 8.0, 2, true);
  log.add(1, 2, 8.0, 2, true);
  log.rows[0].before_effect = {0.012, 0.096, 0.048, 0.0, 0.0};
  log.rows[0].after_effect = {0.088, 0.704, 0.352, 0.0, 0.0};
  log.rows[10].telemetry.total_watts.refill(1.0) = 9.0;
  const auto result = log_transitions(one_gpu(), log.rows, span_config(SpanCredit::kPeriod));
  REQUIRE(result.transitions.size() == 1);
  const Transition& t = result.transitions[0];
  CHECK(t.seconds == doctest::Approx(1.0));
  CHECK(t.effect_seconds == doctest::Approx(0.012));
  CHECK(*t.before_effect.energy_joules == doctest::Approx(0.096));
  CHECK(*t.after_effect.energy_joules == doctest::Approx(7.904 + 0.42 * 1.0));
}

TEST_CASE("without a completed batch the next decision does not end a span") {
  Log log;
  log.add(40, 2, 8.0, 15, true);
  log.add(1, 2, 8.0, 15, true);
  const auto result = log_transitions(one_gpu(), log.rows, span_config(SpanCredit::kPeriod));
  REQUIRE_FALSE(result.transitions.empty());
  CHECK(result.transitions[0].seconds == doctest::Approx(2.0));
}

TEST_CASE("a gap and the log's end truncate, the end of the work terminates") {
  Log log;
  log.add(30, 2, 8.0, 2, true);
  for (std::size_t i = 12; i < log.rows.size(); ++i) {
    Telemetry& t = log.rows[i].telemetry;
    t.time_seconds += 5.0;
  }
  SUBCASE("the log's end") {
    const auto result = log_transitions(one_gpu(), log.rows, span_config(SpanCredit::kPeriod));
    CHECK(result.counts.gaps == 1);
    REQUIRE(result.transitions.size() == 4);
    CHECK_FALSE(result.transitions[0].truncated);
    CHECK(result.transitions[1].truncated);
    CHECK(result.transitions[3].truncated);
    CHECK_FALSE(result.transitions[3].terminated);
  }
  SUBCASE("the end of the work") {
    log.rows.back().terminated = true;
    const auto result = log_transitions(one_gpu(), log.rows, span_config(SpanCredit::kPeriod));
    CHECK(result.transitions.back().terminated);
    CHECK_FALSE(result.transitions.back().truncated);
  }
}

TEST_CASE("the observation holds the last measured t_AS and the action that was running") {
  Log log;
  log.add(10, 2, 8.0, 2, true);
  log.add(11, 0, 4.0, 2, true);
  const auto result = log_transitions(one_gpu(), log.rows, span_config(SpanCredit::kPeriod));
  REQUIRE(result.transitions.size() == 2);
  // effective, previous_action, t_as, vector_to_go
  REQUIRE(result.observation_size == 4);
  CHECK(result.transitions[0].observation[2] == 0.0F);
  CHECK(result.transitions[1].observation[1] == 1.0F);
  CHECK(result.transitions[1].observation[2] == doctest::Approx(0.004));
  CHECK(result.transitions[0].next_observation == result.transitions[1].observation);
}

TEST_CASE("a snapshot at the effect becomes the observation that the dvfo backup needs") {
  Log log;
  log.add(10, 2, 8.0, 2, true);
  log.add(1, 2, 8.0, 2, true);
  log.rows[0].at_effect = log.rows[1].telemetry;
  const auto result = log_transitions(one_gpu(), log.rows, span_config(SpanCredit::kPeriod));
  REQUIRE(result.transitions.size() == 1);
  CHECK(result.transitions[0].effect_observation.size() == 4);
}

TEST_CASE("a knob that the board does not have is named") {
  SpanConfig config = span_config(SpanCredit::kPeriod);
  config.knobs = {"emc"};
  CHECK_THROWS_WITH_AS(log_transitions(one_gpu(), {}, config), "no knob \"emc\" (there are: gpu)",
                       std::invalid_argument);
}

TEST_CASE("spans without power are left out and counted, in both credits") {
  for (const SpanCredit credit : {SpanCredit::kPeriod, SpanCredit::kWholeBatches}) {
    Log log;
    log.add(120, 2, 8.0, 4, true);
    const LogTransitions full = log_transitions(one_gpu(), log.rows, span_config(credit));
    CHECK(full.counts.unpowered == 0);
    lose_power(log, 60, 120);
    const LogTransitions half = log_transitions(one_gpu(), log.rows, span_config(credit));
    CHECK(half.counts.spans == full.counts.spans);
    CHECK(half.counts.unpowered >= 6);
    CHECK(half.transitions.size() + half.counts.unpowered == full.transitions.size());
    REQUIRE(!half.transitions.empty());
    CHECK(half.transitions.back().truncated);
    for (const Transition& t : half.transitions) {
      CHECK(*t.cost().energy_joules / t.cost().seconds == doctest::Approx(8.0));
    }
  }
}

TEST_CASE("residents' spans without power count at the mean power of the others") {
  Log log;
  log.add(120, 2, 8.0, 4, false);
  Log half = log;
  lose_power(half, 0, 60);
  for (const SpanCredit credit : {SpanCredit::kPeriod, SpanCredit::kWholeBatches}) {
    const SpanCost all = log_transitions(one_gpu(), log.rows, span_config(credit)).residents;
    const SpanCost sum = log_transitions(one_gpu(), half.rows, span_config(credit)).residents;
    CHECK(sum.seconds == doctest::Approx(all.seconds));
    CHECK(sum.served == all.served);
    CHECK(*sum.energy_joules == doctest::Approx(*all.energy_joules));
  }
}

TEST_CASE("rows without the application's figures are not rows without requests") {
  Log log;
  log.add(60, 2, 8.0, 4, true);
  log.rows[25].telemetry.application.clear();
  const auto result = log_transitions(one_gpu(), log.rows, span_config(SpanCredit::kPeriod));
  CHECK(result.counts.unobserved == 1);
  CHECK(result.transitions.size() == 5);
  CHECK(result.transitions[1].truncated);
}

TEST_CASE("spans that begin or end without what is observed are left out") {
  Log log;
  log.add(60, 2, 8.0, 4, true);
  SpanConfig config = span_config(SpanCredit::kPeriod);
  config.encoder.with_temperature = true;
  for (TelemetryRow& row : log.rows) {
    row.telemetry.temperatures_celsius.refill(row.telemetry.time_seconds) = {40.0};
  }
  CHECK(log_transitions(one_gpu(), log.rows, config).counts.unobserved == 0);
  log.rows[20].telemetry.temperatures_celsius.refill(2.0) = {std::nullopt};
  const auto result = log_transitions(one_gpu(), log.rows, config);
  CHECK(result.counts.unobserved == 2);
  CHECK(result.transitions.size() == 4);
}

TEST_CASE("rows without the GPU's clock tell the CPUs' levels all the same") {
  Log log;
  log.add(60, 2, 8.0, 4, false);
  TelemetryLogHeader header = one_gpu();
  Domain cpu = header.plant.domains[0];
  cpu.name = "cpu";
  header.plant.domains.push_back(cpu);
  header.plant.knobs.push_back({.name = "cpu", .levels = cpu.frequencies_hz, .domains = {1}});
  header.plant.limits.push_back({0, 2});
  header.leased_knobs.clear();
  for (TelemetryRow& row : log.rows) {
    DomainTelemetry shown;
    shown.requested_hz = shown.effective_hz = 2e8;
    row.telemetry.domains.refill(row.telemetry.time_seconds) = {DomainTelemetry{}, shown};
  }
  SpanConfig config = span_config(SpanCredit::kPeriod);
  config.knobs = {"cpu"};
  const auto result = log_transitions(header, log.rows, config);
  REQUIRE(result.transitions.size() >= 5);
  CHECK(result.transitions[0].action == 1);
  config.knobs = {"gpu"};
  CHECK(log_transitions(header, log.rows, config).transitions.empty());
}
