#include "agent/dqn_learner.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "env/draw.h"
#include "replay/prioritized_replay.h"
#include "replay/uniform_replay.h"
#include "tests/agent/concurrent_table.h"
#include "tests/agent/table_function.h"

using namespace flyball;

namespace {

std::size_t draw_state(const ConcurrentTable::Row& chances, std::mt19937_64& random) {
  double sum = draw_unit(random);
  for (std::size_t s = 0; s + 1 < ConcurrentTable::kStates; ++s) {
    sum -= chances[s];
    if (sum < 0.0) return s;
  }
  return ConcurrentTable::kStates - 1;
}

float augmented(std::size_t state, std::size_t previous) {
  return static_cast<float>(state * ConcurrentTable::kActions + previous);
}

// Transitions of random decisions; costs are the expected ones, so that they carry no noise.
void fill(ReplayBuffer& replay, const ConcurrentTable& table, std::size_t delay,
          std::size_t count) {
  std::mt19937_64 random(17);
  std::size_t state = 0;
  std::size_t previous = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t action = draw_index(random, ConcurrentTable::kActions);
    const ConcurrentTable::Outcome outcome = table.decide(state, previous, action, delay);
    Transition t;
    t.observation = {augmented(state, previous)};
    t.action = static_cast<std::uint32_t>(action);
    t.before_effect.energy_joules = outcome.before;
    t.after_effect.energy_joules = outcome.after;
    t.seconds = 1.0;
    t.effect_seconds = static_cast<double>(delay) / ConcurrentTable::kTicks;
    t.truncated = i % 7 == 0;  // bootstraps all the same
    previous = action;
    state = draw_state(outcome.at_end, random);
    t.next_observation = {augmented(state, previous)};
    replay.add(t);
  }
}

LearnerParts table_parts(std::size_t states, std::size_t actions, float share) {
  LearnerParts parts;
  parts.cost = std::make_unique<TableFunction>(states, actions, share);
  for (std::uint32_t a = 0; a < actions; ++a) parts.allowed.push_back(a);
  return parts;
}

Transition one_step(float observation, std::uint32_t action, double energy, double latency) {
  Transition t;
  t.observation = {observation};
  t.next_observation = {observation};
  t.action = action;
  t.after_effect = {1.0, energy, latency, 1.0, 0.0};
  t.seconds = 1.0;
  return t;
}

}  // namespace

TEST_CASE("the learner finds the values of exact value iteration on a concurrent table") {
  const ConcurrentTable table(5);
  for (const std::size_t delay : {0UL, 2UL, ConcurrentTable::kTicks}) {
    CAPTURE(delay);
    UniformReplay replay({.capacity = 40000, .observation_size = 1});
    fill(replay, table, delay, 40000);
    LearnerConfig config;
    config.gamma = ConcurrentTable::kGamma;
    config.target_tau = 0.05;
    DqnLearner learner(config, {},
                       table_parts(ConcurrentTable::kStates * ConcurrentTable::kActions, 3, 0.01F));
    std::mt19937_64 random(3);
    for (int i = 0; i < 5000; ++i) learner.step(replay, random);
    const ConcurrentTable::Values exact = table.exact(delay);
    std::vector<float> values(3);
    std::vector<float> observation(1);
    auto learned = learner.cost().clone();
    ConcurrentTable::for_each([&](std::size_t s, std::size_t p, std::size_t a) {
      observation[0] = augmented(s, p);
      learned->predict(observation, values);
      CHECK(static_cast<double>(values[a]) == doctest::Approx(exact[s][p][a]).epsilon(0.015));
    });
  }
}

TEST_CASE(
    "n-step returns in measured time lead to the same values, with every backup that has them") {
  // One action alone: what happened between is what the policy does, so nothing is biased.
  for (const Backup backup : {Backup::kFullPeriod, Backup::kBlocking}) {
    for (const std::size_t n : {1U, 4U}) {
      CAPTURE(n);
      LearnerConfig config;
      config.backup = backup;
      config.gamma = 0.9;
      config.n_step = n;
      config.target_tau = 0.2;
      DqnLearner learner(config, {}, table_parts(3, 1, 0.02F));
      UniformReplay replay({.capacity = 3000, .observation_size = 1});
      NStep returns(learner.n_step(), [&](const Transition& t) { replay.add(t); });
      // A loop through three states whose spans last 0.5, 1 and 2 periods.
      for (int i = 0; i < 3000; ++i) {
        Transition t = one_step(static_cast<float>(i % 3), 0, 1.0 + i % 3, 1.0);
        t.next_observation = {static_cast<float>((i + 1) % 3)};
        t.seconds = 0.5 * std::pow(2.0, i % 3);
        t.effect_seconds = 0.1;
        returns.add(t);
      }
      std::mt19937_64 random(1);
      for (int i = 0; i < 2000; ++i) learner.step(replay, random);
      double exact = 0.0;  // of state 0, by summing far ahead
      double discount = 1.0;
      for (int i = 0; i < 600; ++i) {
        exact += discount * (1.0 + i % 3);
        const double thinking = backup == Backup::kBlocking ? 0.1 : 0.0;
        discount *= std::pow(0.9, 0.5 * std::pow(2.0, i % 3) - thinking);
      }
      std::vector<std::uint32_t> actions(1);
      learner.act(std::vector<float>{0.0F}, actions);
      CHECK(learner.chosen_costs()[0] == doctest::Approx(exact).epsilon(0.01));
    }
  }
}

TEST_CASE("n-step returns are refused where they mean nothing") {
  LearnerConfig config;
  config.n_step = 3;
  config.backup = Backup::kDvfo;
  CHECK_THROWS_WITH_AS(DqnLearner(config, {}, table_parts(1, 1, 0.1F)),
                       doctest::Contains("learner.n_step = 3: must be 1 with the dvfo backup"),
                       std::invalid_argument);
  config.backup = Backup::kFullPeriod;
  ObjectiveConfig objective;
  objective.per_request = true;
  CHECK_THROWS_WITH_AS(DqnLearner(config, objective, table_parts(1, 1, 0.1F)),
                       "learner.n_step = 3: must be 1 where costs are counted per request",
                       std::invalid_argument);
}

TEST_CASE("the constraint masks the cheapest action, and without a way out the safest is taken") {
  UniformReplay replay({.capacity = 100, .observation_size = 1});
  // Energy falls and latency rises with the action; in state 1 all are too slow.
  for (std::uint32_t a = 0; a < 3; ++a) {
    replay.add(one_step(0.0F, a, 3.0 - a, 1.0 + 0.5 * a));
    replay.add(one_step(1.0F, a, 3.0 - a, 5.0 + 0.5 * a));
  }
  ObjectiveConfig objective;
  objective.per_request = true;
  objective.constraint = ConstraintLimit{ConstraintKind::kLatency, 1.7, 1.0};
  LearnerParts parts = table_parts(2, 3, 0.1F);
  parts.constraint = std::make_unique<TableFunction>(2, 3, 0.1F);
  LearnerConfig config;
  config.target_tau = 1.0;
  DqnLearner learner(config, objective, std::move(parts));
  std::mt19937_64 random(1);
  for (int i = 0; i < 100; ++i) learner.step(replay, random);
  std::vector<std::uint32_t> actions(2);
  const std::vector<float> observations{0.0F, 1.0F};
  learner.act(observations, actions);
  CHECK(actions[0] == 1);
  CHECK(actions[1] == 0);
  CHECK(learner.chosen_costs()[0] == doctest::Approx(2.0));
  CHECK(learner.chosen_constraints()[0] == doctest::Approx(1.5));
}

TEST_CASE("only supported actions are chosen, in targets as in acting") {
  UniformReplay replay({.capacity = 10, .observation_size = 1});
  for (std::uint32_t a = 0; a < 3; ++a) replay.add(one_step(0.0F, a, 1.0 + a, 1.0));
  LearnerConfig config;
  config.gamma = 0.5;
  config.target_tau = 1.0;
  LearnerParts parts = table_parts(1, 3, 0.1F);
  parts.allowed = {1, 2};
  DqnLearner learner(config, {}, std::move(parts));
  std::mt19937_64 random(1);
  for (int i = 0; i < 300; ++i) learner.step(replay, random);
  std::vector<std::uint32_t> actions(1);
  learner.act(std::vector<float>{0.0F}, actions);
  CHECK(actions[0] == 1);
  CHECK(learner.chosen_costs()[0] == doctest::Approx(4.0).epsilon(0.001));  // 2 / (1 - 0.5)
}

TEST_CASE("the end of the work is worth nothing, a cut episode is worth what follows") {
  for (const bool terminated : {false, true}) {
    CAPTURE(terminated);
    UniformReplay replay({.capacity = 10, .observation_size = 1});
    Transition t = one_step(0.0F, 0, 1.0, 1.0);
    t.terminated = terminated;
    t.truncated = !terminated;
    replay.add(t);
    LearnerConfig config;
    config.gamma = 0.9;
    config.target_tau = 1.0;
    DqnLearner learner(config, {}, table_parts(1, 1, 0.1F));
    std::mt19937_64 random(1);
    for (int i = 0; i < 400; ++i) learner.step(replay, random);
    std::vector<std::uint32_t> actions(1);
    learner.act(std::vector<float>{0.0F}, actions);
    CHECK(learner.chosen_costs()[0] == doctest::Approx(terminated ? 1.0 : 10.0).epsilon(0.001));
  }
}

TEST_CASE("rho settles at the policy's own cost per request, whatever a request takes") {
  UniformReplay replay({.capacity = 10, .observation_size = 1});
  // A lower power that serves fewer requests: cheap per second, dear per request.
  Transition slow = one_step(0.0F, 0, 4.0, 1.0);
  slow.after_effect.served = 1.0;  // 4 per request
  Transition fast = one_step(0.0F, 1, 6.0, 1.0);
  fast.after_effect.served = 2.0;  // 3 per request
  replay.add(slow);
  replay.add(fast);
  LearnerConfig config;
  config.gamma = 0.8;
  config.iterate_rho = true;
  config.rho_period = 50;
  config.target_tau = 0.2;
  ObjectiveConfig objective;
  objective.reward.rho = 4.0;
  DqnLearner learner(config, objective, table_parts(1, 2, 0.05F));
  std::mt19937_64 random(1);
  for (int i = 0; i < 4000; ++i) learner.step(replay, random);
  CHECK(learner.rho() == doctest::Approx(3.0).epsilon(0.02));
  std::vector<std::uint32_t> actions(1);
  learner.act(std::vector<float>{0.0F}, actions);
  CHECK(actions[0] == 1);
}

TEST_CASE("the dvfo backup without a snapshot at the effect is refused with a message") {
  UniformReplay replay({.capacity = 10, .observation_size = 1});
  replay.add(one_step(0.0F, 0, 1.0, 1.0));
  LearnerConfig config;
  config.backup = Backup::kDvfo;
  config.gamma = 0.9;
  DqnLearner learner(config, {}, table_parts(1, 1, 0.1F));
  std::mt19937_64 random(1);
  CHECK_THROWS_WITH_AS(learner.step(replay, random),
                       doctest::Contains("no such snapshot; use full_period"),
                       std::invalid_argument);
}

TEST_CASE("a next value that cannot be is not believed: costs without rho are at least 0") {
  const auto learned = [](double rho) {
    LearnerParts parts = table_parts(2, 1, 0.1F);
    // State 1 is in no transition's beginning: what is said of it is the network's fancy.
    dynamic_cast<TableFunction&>(*parts.cost).at(1, 0) = -200.0F;
    LearnerConfig config;
    config.gamma = 0.9;
    ObjectiveConfig objective;
    objective.reward.rho = rho;
    DqnLearner learner(config, objective, std::move(parts));
    UniformReplay replay({.capacity = 8, .observation_size = 1});
    Transition t = one_step(0.0F, 0, 3.0, 1.0);
    t.next_observation = {1.0F};
    replay.add(t);
    std::mt19937_64 random(1);
    for (int i = 0; i < 3000; ++i) learner.step(replay, random);
    std::vector<float> values(1);
    learner.cost().clone()->predict(std::vector<float>{0.0F}, values);
    return static_cast<double>(values[0]);
  };
  CHECK(learned(0.0) == doctest::Approx(3.0).epsilon(0.001));
  CHECK(learned(1.0) < -100.0);  // rewarded per request, a value may be below 0
}

TEST_CASE("a next constraint per request is at least 0") {
  LearnerParts parts = table_parts(2, 1, 0.1F);
  parts.constraint = std::make_unique<TableFunction>(2, 1, 0.1F);
  dynamic_cast<TableFunction&>(*parts.constraint).at(1, 0) = -200.0F;
  LearnerConfig config;
  config.gamma = 0.9;
  ObjectiveConfig objective;
  objective.per_request = true;
  objective.constraint = ConstraintLimit{.limit = 10.0};
  DqnLearner learner(config, objective, std::move(parts));
  UniformReplay replay({.capacity = 8, .observation_size = 1});
  Transition t = one_step(0.0F, 0, 3.0, 0.5);
  t.next_observation = {1.0F};
  replay.add(t);
  std::mt19937_64 random(1);
  for (int i = 0; i < 3000; ++i) learner.step(replay, random);
  std::vector<float> values(1);
  learner.constraint()->clone()->predict(std::vector<float>{0.0F}, values);
  CHECK(static_cast<double>(values[0]) == doctest::Approx(0.5).epsilon(0.001));
}
