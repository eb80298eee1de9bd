#include "agent/off_policy.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <stdexcept>

#include "env/draw.h"
#include "tests/agent/concurrent_table.h"

using namespace flyball;
using doctest::Approx;

namespace {

std::size_t draw_state(const ConcurrentTable::Row& chances, std::mt19937_64& random) {
  double sum = draw_unit(random);
  for (std::size_t s = 0; s + 1 < ConcurrentTable::kStates; ++s) {
    sum -= chances[s];
    if (sum < 0.0) return s;
  }
  return ConcurrentTable::kStates - 1;
}

// The policy to be evaluated: one that the logs seldom follow.
std::uint32_t target(std::size_t state) { return static_cast<std::uint32_t>(state % 3); }

std::size_t state_of(const std::vector<float>& observation) {
  for (std::size_t s = 0; s + 1 < ConcurrentTable::kStates; ++s) {
    if (observation[s] > 0.5F) return s;
  }
  return ConcurrentTable::kStates - 1;
}

// Decisions drawn uniformly on a table without delay; costs with noise.
struct TableLog {
  std::vector<Transition> transitions;
  std::vector<std::uint32_t> actions;
  std::vector<std::uint32_t> next_actions;

  TableLog(const ConcurrentTable& table, std::size_t count, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::size_t state = 0;
    const auto observe = [](std::size_t s) {  // the last state is all zeros
      std::vector<float> observation(ConcurrentTable::kStates - 1, 0.0F);
      if (s + 1 < ConcurrentTable::kStates) observation[s] = 1.0F;
      return observation;
    };
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t action = draw_index(random, ConcurrentTable::kActions);
      const ConcurrentTable::Outcome outcome = table.decide(state, 0, action, 0);
      Transition t;
      t.observation = observe(state);
      t.action = static_cast<std::uint32_t>(action);
      t.after_effect.energy_joules = outcome.after * (0.9 + 0.2 * draw_unit(random));
      t.after_effect.in_system_seconds = 2.0;
      t.after_effect.served = 1.0;
      t.seconds = 1.0;
      t.decided_by = DecidedBy::kRandom;
      t.probability = 1.0 / ConcurrentTable::kActions;
      state = draw_state(outcome.at_end, random);
      t.next_observation = observe(state);
      actions.push_back(target(state_of(t.observation)));
      next_actions.push_back(target(state));
      transitions.push_back(std::move(t));
    }
  }
  PolicyOnLog on() const { return {transitions, actions, next_actions}; }
};

// One column per action: everything can be expressed.
const Tensor phi{{3, 3}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};

// The mean value of the target policy over the log's states, per request.
double exact(const ConcurrentTable& table, const TableLog& log, double gamma) {
  std::array<double, ConcurrentTable::kStates> values{};
  for (int sweep = 0; sweep < 2000; ++sweep) {
    std::array<double, ConcurrentTable::kStates> next{};
    for (std::size_t s = 0; s < ConcurrentTable::kStates; ++s) {
      const ConcurrentTable::Outcome outcome = table.decide(s, 0, target(s), 0);
      next[s] = outcome.after;
      for (std::size_t t = 0; t < ConcurrentTable::kStates; ++t) {
        next[s] += gamma * outcome.at_end[t] * values[t];
      }
    }
    values = next;
  }
  double sum = 0.0;
  for (const Transition& t : log.transitions) sum += values[state_of(t.observation)];
  return sum * (1.0 - gamma) / static_cast<double>(log.transitions.size());
}

EvaluationConfig config(double gamma) {
  EvaluationConfig config;
  config.gamma = gamma;
  config.ridge = 1e-6;
  config.samples = 200;
  return config;
}

}  // namespace

TEST_CASE("fitted Q evaluation finds a policy's value from logs of another one") {
  const ConcurrentTable table(3);
  for (const double gamma : {0.0, 0.9}) {
    CAPTURE(gamma);
    const TableLog log(table, 20000, 5);
    const RequestFigures figures = fitted_q_evaluation(log.on(), {phi, 3}, config(gamma));
    const double truth = exact(table, log, gamma);
    CHECK(std::abs(figures.energy_joules.value / truth - 1.0) < 0.01);
    CHECK(figures.latency_seconds.value == Approx(2.0).epsilon(1e-6));
    CHECK(figures.missed_share.value == 0.0);
    // What the logs' own decisions cost is another number: the estimate is not just their mean.
    double behaviour = 0.0;
    for (const Transition& t : log.transitions) behaviour += *t.after_effect.energy_joules / 20000;
    CHECK(std::abs(behaviour / truth - 1.0) > 0.015);
  }
}

TEST_CASE("the interval covers the truth about as often as it says, and shrinks with data") {
  const ConcurrentTable table(3);
  int covered = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const TableLog log(table, 800, seed);
    const Interval interval =
        fitted_q_evaluation(log.on(), {phi, 3}, config(0.9)).energy_joules.interval;
    const double truth = exact(table, log, 0.9);
    covered += interval.low <= truth && truth <= interval.high ? 1 : 0;
  }
  CHECK(covered >= 51);  // 95 % of 60 is 57
  const auto width = [&](std::size_t count) {
    const TableLog log(table, count, 1);
    const Interval interval =
        fitted_q_evaluation(log.on(), {phi, 3}, config(0.9)).energy_joules.interval;
    return interval.high - interval.low;
  };
  CHECK(width(8000) < 0.6 * width(800));
}

TEST_CASE("importance sampling agrees where it has the samples, and says how many") {
  const ConcurrentTable table(3);
  const TableLog log(table, 6000, 5);
  const ImportanceEstimate estimate = importance_sampling(log.on(), config(0.0));
  CHECK(estimate.windows == 6000);
  CHECK(estimate.effective_samples == Approx(2000.0).epsilon(0.1));
  REQUIRE(estimate.figures.has_value());
  const Estimate& energy = estimate.figures->energy_joules;
  CHECK(energy.value == Approx(exact(table, log, 0.0)).epsilon(0.03));
  CHECK(energy.interval.low < energy.value);
  CHECK(energy.value < energy.interval.high);
}

TEST_CASE("importance sampling is refused below thirty effective samples") {
  const ConcurrentTable table(3);
  const TableLog log(table, 6000, 5);
  // Six decisions reach to 5 %: a window agrees with chance 3^-6.
  const ImportanceEstimate reaching = importance_sampling(log.on(), config(0.6));
  CHECK(reaching.windows == 1000);
  CHECK(reaching.effective_samples < 30.0);
  CHECK_FALSE(reaching.figures.has_value());
  TableLog unknown(table, 6000, 5);
  for (Transition& t : unknown.transitions) t.probability.reset();
  const ImportanceEstimate without = importance_sampling(unknown.on(), config(0.0));
  CHECK(without.windows == 0);
  CHECK(without.effective_samples == 0.0);
  CHECK_FALSE(without.figures.has_value());
  // Held on from the decision before: no chance in it.
  for (Transition& t : unknown.transitions) t.probability = 1.0;
  CHECK(importance_sampling(unknown.on(), config(0.0)).windows == 0);
}

TEST_CASE("an evaluation's config and an empty log are refused") {
  const TableLog log(ConcurrentTable(3), 10, 1);
  EvaluationConfig bad = config(1.0);
  CHECK_THROWS_WITH_AS(fitted_q_evaluation(log.on(), {phi, 3}, bad), "gamma = 1: must be in [0, 1)",
                       std::invalid_argument);
  CHECK_THROWS_AS(fitted_q_evaluation({}, {phi, 3}, config(0.0)), std::invalid_argument);
}
