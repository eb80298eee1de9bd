// A queue whose best policy is known by value iteration: how close each learner comes to it.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <random>

#include "agent/policy_trainer.h"
#include "agent/trainer.h"
#include "env/draw.h"
#include "policies/dense_policy.h"

using namespace flyball;

namespace {

// At most one request arrives in a period and at most one is done; who is full turns requests away.
// A period at a level costs its power; every request that waits costs, too, and so does one that is
// turned away.
class SmallQueue {
 public:
  static constexpr std::size_t kStates = 9;  // requests in the system
  static constexpr std::size_t kLevels = 4;
  static constexpr double kGamma = 0.9;
  using Row = std::array<double, kStates>;
  using Policy = std::function<std::size_t(std::size_t state)>;

  static constexpr double kArrival = 0.4;
  static constexpr std::array<double, kLevels> kDone = {0.25, 0.5, 0.75, 0.95};
  static constexpr std::array<double, kLevels> kJoules = {0.3, 0.7, 1.4, 2.6};
  static constexpr double kIdleShare = 0.3;  // of the power, while nothing is there
  static constexpr double kWaiting = 0.25;   // of a request and a period
  static constexpr double kRefused = 10.0;   // of a request that is turned away

  static double joules(std::size_t state, std::size_t level) {
    return kJoules[level] * (state == 0 ? kIdleShare : 1.0);
  }
  static double cost(std::size_t state, std::size_t level) {
    const double refused = state + 1 == kStates ? kArrival * (1.0 - kDone[level]) : 0.0;
    return joules(state, level) + kWaiting * static_cast<double>(state) + kRefused * refused;
  }
  static std::size_t moved(std::size_t state, bool arrives, bool is_done) {
    const std::size_t left = state - (state > 0 && is_done ? 1 : 0);
    return std::min(kStates - 1, left + (arrives ? 1 : 0));
  }
  static double next(std::size_t state, std::size_t level, const Row& values) {
    double sum = 0.0;
    for (const bool arrives : {false, true}) {
      for (const bool is_done : {false, true}) {
        const double chance =
            (arrives ? kArrival : 1.0 - kArrival) * (is_done ? kDone[level] : 1.0 - kDone[level]);
        sum += chance * values[moved(state, arrives, is_done)];
      }
    }
    return sum;
  }
  static double backup(std::size_t state, std::size_t level, const Row& values) {
    return cost(state, level) + kGamma * next(state, level, values);
  }

  // Levels by value iteration.
  static std::array<std::size_t, kStates> optimal() {
    Row values{};
    std::array<std::size_t, kStates> levels{};
    for (int sweep = 0; sweep < 1000; ++sweep) {
      Row better{};
      for (std::size_t s = 0; s < kStates; ++s) {
        better[s] = 1e99;
        for (std::size_t a = 0; a < kLevels; ++a) {
          const double value = backup(s, a, values);
          if (value < better[s]) levels[s] = a;
          better[s] = std::min(better[s], value);
        }
      }
      values = better;
    }
    return levels;
  }
  // A policy's cost to go, the mean over the states.
  static double mean_cost(const Policy& policy) {
    Row values{};
    for (int sweep = 0; sweep < 1000; ++sweep) {
      Row now{};
      for (std::size_t s = 0; s < kStates; ++s) now[s] = backup(s, policy(s), values);
      values = now;
    }
    double sum = 0.0;
    for (const double value : values) sum += value;
    return sum / kStates;
  }
};

std::vector<float> seen(std::size_t state) {
  return {static_cast<float>(std::log1p(state) / std::log1p(SmallQueue::kStates - 1))};
}

constexpr std::size_t kRun = 10;  // periods, each from another state

// Levels drawn at random; waiting is in-system time, and a request turned away is a miss.
TrainingSet random_log(std::size_t periods) {
  TrainingSet set;
  set.board = "test";
  set.knobs = {{"gpu", {1e8, 2e8, 3e8, 4e8}, {0}}};
  set.limits = {{0, 3}};
  set.period_seconds = 1.0;
  set.observation_names = {"queue"};
  set.logs = {"small queue"};
  std::mt19937_64 random(3);
  std::size_t state = 0;
  for (std::size_t i = 0; i < periods; ++i) {
    const std::size_t level = draw_index(random, SmallQueue::kLevels);
    const bool is_done = draw_unit(random) < SmallQueue::kDone[level];
    const bool arrives = draw_unit(random) < SmallQueue::kArrival;
    const std::size_t next = SmallQueue::moved(state, arrives, is_done);
    const bool is_refused = state + 1 == SmallQueue::kStates && arrives && !is_done;
    Transition t;
    t.observation = seen(state);
    t.next_observation = seen(next);
    t.action = static_cast<std::uint32_t>(level);
    const double served = state > 0 && is_done ? 1.0 : 0.0;
    t.after_effect = {1.0, SmallQueue::joules(state, level), static_cast<double>(state), served,
                      is_refused ? 1.0 : 0.0};
    t.seconds = 1.0;
    t.truncated = i % kRun == kRun - 1;
    set.transitions.push_back(t);
    state = t.truncated ? draw_index(random, SmallQueue::kStates) : next;
  }
  return set;
}

// eta E / E_ref + (1 - eta) W / L_ref + the misses is half of the queue's cost.
TrainerConfig config_of(LearnerKind kind) {
  TrainerConfig config;
  config.kind = kind;
  config.head = Head::kJoint;
  config.objective.reward.eta = 0.5;
  config.objective.reward.latency_reference_seconds = 1.0 / SmallQueue::kWaiting;
  config.objective.reward.miss_penalty = 0.5 * SmallQueue::kRefused;
  config.learner.gamma = SmallQueue::kGamma;
  config.cells = 32;
  config.least_rate = 0.002;
  config.network.hidden = {32, 16};
  config.network.learning_rate = 2e-3;
  config.network.huber_delta = 10.0;
  config.steps = 4000;
  config.seed = 1;
  return config;
}

double learned_cost(LearnerKind kind) {
  const auto trainer = make_trainer(config_of(kind), random_log(60000));
  trainer->run(1000, [](const TrainingProgress&) { return true; });
  EncoderConfig encoder;
  encoder.with_effective = encoder.with_utilization = false;
  encoder.with_previous_action = encoder.with_t_as = encoder.with_vector_to_go = false;
  encoder.with_queue = true;
  DensePolicy policy(trainer->policy(encoder, "test"));
  return SmallQueue::mean_cost([&](std::size_t state) { return policy.decide(seen(state)); });
}

double optimal_cost() {
  const auto levels = SmallQueue::optimal();
  return SmallQueue::mean_cost([&](std::size_t state) { return levels[state]; });
}

}  // namespace

TEST_CASE(
    "the small queue's best policy speeds up as the queue grows, and no one level is as good") {
  const auto levels = SmallQueue::optimal();
  CHECK(std::ranges::is_sorted(levels));
  CHECK(levels.front() == 0);
  CHECK(levels.front() < levels.back());
  for (std::size_t level = 0; level < SmallQueue::kLevels; ++level) {
    CHECK(SmallQueue::mean_cost([&](std::size_t) { return level; }) > 1.02 * optimal_cost());
  }
}

TEST_CASE("a table and the DQN come within a hundredth of value iteration on a small queue") {
  CHECK(learned_cost(LearnerKind::kTabular) < 1.01 * optimal_cost());
  CHECK(learned_cost(LearnerKind::kDqn) < 1.01 * optimal_cost());
}

TEST_CASE("the best table by queue length is the value iteration's own on a small queue") {
  // Coordinate descent over the levels by length, as search_queue_table goes.
  std::array<std::size_t, SmallQueue::kStates> levels{};
  const auto cost = [&] { return SmallQueue::mean_cost([&](std::size_t s) { return levels[s]; }); };
  for (int round = 0; round < 4; ++round) {
    for (std::size_t& level : levels) {
      std::size_t best = level;
      double least = cost();
      for (std::size_t other = 0; other < SmallQueue::kLevels; ++other) {
        level = other;
        if (cost() >= least) continue;
        least = cost();
        best = other;
      }
      level = best;
    }
  }
  CHECK(cost() == doctest::Approx(optimal_cost()).epsilon(1e-9));
}
