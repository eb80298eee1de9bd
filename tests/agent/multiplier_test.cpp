// The learned multiplier against constrained decision processes whose optimum is known.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <limits>

#include "agent/dqn_learner.h"
#include "env/draw.h"
#include "replay/uniform_replay.h"
#include "tests/agent/table_function.h"

using namespace flyball;

namespace {

constexpr std::size_t kStates = 3;
constexpr std::size_t kActions = 3;
constexpr double kGamma = 0.7;

// Deterministic; costs and misses of every decision drawn at random, one request each.
struct Process {
  std::array<std::array<double, kActions>, kStates> cost{};
  std::array<std::array<double, kActions>, kStates> missed{};
  std::array<std::array<std::size_t, kActions>, kStates> next{};

  explicit Process(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (std::size_t s = 0; s < kStates; ++s) {
      for (std::size_t a = 0; a < kActions; ++a) {
        cost[s][a] = 1.0 + draw_unit(random);
        missed[s][a] = draw_unit(random);
        next[s][a] = draw_index(random, kStates);
      }
    }
  }

  // Discounted sums of a policy, mean over the states it may begin in.
  struct Values {
    double cost = 0.0;
    double missed = 0.0;
  };
  Values values(const std::array<std::size_t, kStates>& policy) const {
    Values mean;
    for (std::size_t begin = 0; begin < kStates; ++begin) {
      std::size_t s = begin;
      double discount = 1.0 / kStates;
      for (int step = 0; step < 100; ++step, discount *= kGamma) {
        mean.cost += discount * cost[s][policy[s]];
        mean.missed += discount * missed[s][policy[s]];
        s = next[s][policy[s]];
      }
    }
    return mean;
  }
};

std::vector<Process::Values> all_policies(const Process& process) {
  std::vector<Process::Values> values;
  std::array<std::size_t, kStates> policy{};
  for (std::size_t index = 0; index < kActions * kActions * kActions; ++index) {
    std::size_t rest = index;
    for (std::size_t& action : policy) {
      action = rest % kActions;
      rest /= kActions;
    }
    values.push_back(process.values(policy));
  }
  return values;
}

// The dual function's highest point, by bisection on its slope: the least multiplier under which
// the cheapest policy keeps the limit.
double exact_multiplier(const std::vector<Process::Values>& policies, double allowed) {
  double low = 0.0;
  double high = 1e3;
  for (int i = 0; i < 100; ++i) {
    const double middle = 0.5 * (low + high);
    const auto best = std::min_element(policies.begin(), policies.end(), [&](auto& a, auto& b) {
      return a.cost + middle * a.missed < b.cost + middle * b.missed;
    });
    (best->missed > allowed ? low : high) = middle;
  }
  return high;
}

DqnLearner make_learner(double limit) {
  ObjectiveConfig objective;
  objective.constraint = ConstraintLimit{ConstraintKind::kMissRate, limit, 1.0};
  objective.constraint->multiplier = 0.0;
  LearnerParts parts;
  parts.cost = std::make_unique<TableFunction>(kStates, kActions, 0.1F);
  parts.constraint = std::make_unique<TableFunction>(kStates, kActions, 0.1F);
  parts.cost_scale = {0.5, 2.0};
  parts.constraint_scale = {-0.1, 0.7};
  parts.allowed = {0, 1, 2};
  LearnerConfig config;
  config.gamma = kGamma;
  config.target_tau = 0.1;
  config.multiplier_rate = 0.01;
  return DqnLearner(config, objective, std::move(parts));
}

UniformReplay all_decisions(const Process& process) {
  UniformReplay replay({.capacity = 9, .observation_size = 1});
  for (std::size_t s = 0; s < kStates; ++s) {
    for (std::uint32_t a = 0; a < kActions; ++a) {
      Transition t;
      t.observation = {static_cast<float>(s)};
      t.next_observation = {static_cast<float>(process.next[s][a])};
      t.action = a;
      t.after_effect = {1.0, process.cost[s][a], 0.0, 1.0, process.missed[s][a]};
      t.seconds = 1.0;
      replay.add(t);
    }
  }
  return replay;
}

}  // namespace

TEST_CASE("the multiplier finds the constrained optimum of small decision processes") {
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U}) {
    CAPTURE(seed);
    const Process process(seed);
    const std::vector<Process::Values> policies = all_policies(process);
    // A limit in the middle between the cheapest policy's misses and the fewest.
    const auto by_cost = std::min_element(policies.begin(), policies.end(),
                                          [](auto& a, auto& b) { return a.cost < b.cost; });
    const auto by_missed = std::min_element(policies.begin(), policies.end(),
                                            [](auto& a, auto& b) { return a.missed < b.missed; });
    const double allowed = 0.5 * (by_cost->missed + by_missed->missed);
    REQUIRE(allowed < by_cost->missed);
    const double exact = exact_multiplier(policies, allowed);
    REQUIRE(exact > 0.0);

    DqnLearner learner = make_learner(allowed * (1.0 - kGamma));
    UniformReplay replay = all_decisions(process);
    std::mt19937_64 random(seed);
    for (int i = 0; i < 15000; ++i) learner.step(replay, random);
    CHECK(*learner.multiplier() == doctest::Approx(exact).epsilon(0.05));
    // What it acts by lies on the edge of the lower hull that holds the optimum.
    const std::vector<float> observations{0.0F, 1.0F, 2.0F};
    std::vector<std::uint32_t> actions(kStates);
    learner.act(observations, actions);
    const Process::Values acted = process.values({actions[0], actions[1], actions[2]});
    double dual = std::numeric_limits<double>::max();
    for (const auto& v : policies) dual = std::min(dual, v.cost + exact * v.missed);
    CHECK(acted.cost + exact * acted.missed == doctest::Approx(dual).epsilon(0.01));
  }
}

TEST_CASE("a limit that nothing touches costs nothing") {
  const Process process(1);
  DqnLearner learner = make_learner(1.0);
  UniformReplay replay = all_decisions(process);
  std::mt19937_64 random(1);
  for (int i = 0; i < 500; ++i) learner.step(replay, random);
  CHECK(*learner.multiplier() == 0.0);
}
