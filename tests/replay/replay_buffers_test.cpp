#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "replay/fading_replay.h"
#include "replay/prioritized_replay.h"
#include "replay/uniform_replay.h"
#include "tests/contracts/replay_contract.h"

using namespace flyball;

TEST_CASE("the uniform replay buffer keeps the contract") {
  check_replay_contract(
      [](const ReplayShape& shape) { return std::make_unique<UniformReplay>(shape); });
}

TEST_CASE("the fading replay buffer keeps the contract") {
  check_replay_contract(
      [](const ReplayShape& shape) { return std::make_unique<FadingReplay>(shape); });
}

TEST_CASE("a belief weighs as asked, and fades as evidence comes in") {
  FadingReplay replay({.capacity = 1000, .observation_size = 3}, {0});
  std::vector<Transition> beliefs;
  for (std::size_t i = 0; i < 100; ++i) beliefs.push_back(numbered_transition(i));
  replay.believe(beliefs, {8.0, 10.0});
  std::mt19937_64 random(1);
  TransitionBatch batch;
  const auto believed_share = [&] {
    replay.sample(20'000, random, batch);
    const auto believed = std::count_if(batch.ids.begin(), batch.ids.end(),
                                        [](std::uint64_t id) { return id < 100; });
    return static_cast<double>(believed) / 20'000.0;
  };
  CHECK(believed_share() == 1.0);
  for (std::size_t i = 0; i < 10; ++i) replay.add(numbered_transition(i + 100));
  CHECK(believed_share() == doctest::Approx(4.0 / 14.0).epsilon(0.05));  // halved: 4 beside 10
  for (std::size_t i = 0; i < 90; ++i) replay.add(numbered_transition(i + 110));
  CHECK(believed_share() < 0.001);
  // Component 0 comes from other rows, component 2 is the transition's own.
  std::size_t moved = 0;
  for (std::size_t row = 0; row < batch.rows(); ++row) {
    CHECK(batch.observations[row * 3 + 2] == static_cast<float>(batch.ids[row]));
    moved += batch.observations[row * 3] != batch.observations[row * 3 + 2] ? 1 : 0;
  }
  CHECK(moved > 19'000);
}

TEST_CASE("the prioritized replay buffer keeps the contract") {
  check_replay_contract([](const ReplayShape& shape) {
    return std::make_unique<PrioritizedReplay>(shape, PriorityConfig{});
  });
}

namespace {

// A transition as a log gives it: what follows it is the observation of the next one.
Transition logged_transition(std::size_t number) {
  const auto value = static_cast<float>(number);
  Transition transition;
  transition.observation.assign(16, value);
  transition.next_observation.assign(16, value + 1.0F);
  transition.action = static_cast<std::uint32_t>(number % 1000);
  const auto x = static_cast<double>(number);
  transition.before_effect = {x, x + 1.0, x + 2.0, x + 3.0, x + 4.0};
  transition.after_effect = {x, x + 5.0, x + 6.0, x + 7.0, x + 8.0};
  transition.seconds = x + 9.0;
  transition.effect_seconds = x + 10.0;
  transition.weight = x + 11.0;
  return transition;
}

// Neighbours have nothing to do with each other; three values besides the action vary.
Transition lone_transition(std::size_t number) {
  const auto value = static_cast<float>(number);
  Transition transition;
  transition.observation.assign(16, value);
  transition.next_observation.assign(16, value + 0.5F);
  transition.action = static_cast<std::uint32_t>(number % 1000);
  transition.after_effect.energy_joules = static_cast<double>(number);
  transition.after_effect.served = static_cast<double>(number % 5);
  transition.after_effect.in_system_seconds = static_cast<double>(number % 3);
  transition.seconds = 1.0;
  return transition;
}

double bytes_per_transition(Transition (*make)(std::size_t)) {
  const std::size_t capacity = 100'000;
  PrioritizedReplay replay({.capacity = capacity, .observation_size = 16}, {});
  for (std::size_t i = 0; i < capacity + 1000; ++i) replay.add(make(i));
  std::mt19937_64 random(1);
  TransitionBatch batch;
  replay.sample(256, random, batch);
  replay.update_priorities(batch.ids, std::vector<float>(256, 1.0F));
  return static_cast<double>(replay.memory_bytes()) / static_cast<double>(capacity);
}

}  // namespace

TEST_CASE("a transition of 16 floats takes at most 150 bytes, priority included") {
  const double logged = bytes_per_transition(logged_transition);
  const double lone = bytes_per_transition(lone_transition);
  MESSAGE(logged, " bytes from a log with all values, ", lone, " bytes without neighbours");
  CHECK(logged < 130.0);
  CHECK(lone < 150.0);
}
