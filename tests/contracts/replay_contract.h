// What every replay buffer must do. A new buffer is one more call of this with its factory.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <set>
#include <stdexcept>
#include <vector>

#include "replay/replay_buffer.h"
#include "tests/support/state_store.h"

namespace flyball {

using ReplayFactory = std::function<std::unique_ptr<ReplayBuffer>(const ReplayShape&)>;

// A transition all of whose columns follow from `number`.
inline Transition numbered_transition(std::size_t number, std::size_t observation_size = 3) {
  const auto value = static_cast<float>(number);
  Transition transition;
  transition.observation.assign(observation_size, value);
  transition.next_observation.assign(observation_size, value + 0.5F);
  transition.effect_observation.assign(observation_size, value + 0.25F);
  transition.action = static_cast<std::uint32_t>(number % 7);
  transition.before_effect.energy_joules = static_cast<double>(number);
  transition.after_effect.served = static_cast<double>(number) + 1.0;
  transition.seconds = 2.0;
  transition.effect_seconds = 0.5;
  transition.terminated = number % 2 == 0;
  transition.truncated = number % 3 == 0;
  return transition;
}

inline void check_replay_contract(const ReplayFactory& make) {
  std::mt19937_64 random(7);
  TransitionBatch batch;
  const ReplayShape shape{.capacity = 10, .observation_size = 3, .with_effect_observation = true};

  SUBCASE("a sampled row is a transition that was added, in all its columns") {
    const auto buffer = make(shape);
    for (std::size_t i = 0; i < 8; ++i) buffer->add(numbered_transition(i));
    CHECK(buffer->size() == 8);
    CHECK(buffer->capacity() == 10);
    buffer->sample(64, random, batch);
    REQUIRE(batch.rows() == 64);
    for (std::size_t row = 0; row < batch.rows(); ++row) {
      const auto number = static_cast<std::size_t>(batch.observations[row * 3]);
      const Transition expected = numbered_transition(number);
      CHECK(number < 8);
      CHECK(batch.observations[row * 3 + 2] == expected.observation[2]);
      CHECK(batch.next_observations[row * 3 + 1] == expected.next_observation[1]);
      CHECK(batch.effect_observations[row * 3] == expected.effect_observation[0]);
      CHECK(batch.actions[row] == expected.action);
      CHECK(batch.before_effect[row].energy_joules == expected.before_effect.energy_joules);
      CHECK(batch.after_effect[row].served == expected.after_effect.served);
      CHECK(batch.seconds[row] == expected.seconds);
      CHECK(batch.effect_seconds[row] == expected.effect_seconds);
      CHECK((batch.terminated[row] != 0) == expected.terminated);
      CHECK((batch.truncated[row] != 0) == expected.truncated);
      CHECK(batch.weights[row] > 0.0F);
      CHECK(batch.weights[row] <= 1.0F);
    }
  }

  SUBCASE("a full buffer holds the newest transitions, each of which can be drawn") {
    const auto buffer = make(shape);
    for (std::size_t i = 0; i < 27; ++i) buffer->add(numbered_transition(i));
    CHECK(buffer->size() == 10);
    std::set<float> seen;
    for (int i = 0; i < 40; ++i) {
      buffer->sample(16, random, batch);
      for (std::size_t row = 0; row < 16; ++row) seen.insert(batch.observations[row * 3]);
    }
    CHECK(seen.size() == 10);
    CHECK(*seen.begin() == 17.0F);
    CHECK(*seen.rbegin() == 26.0F);
  }

  SUBCASE("priorities of transitions that were overwritten meanwhile are ignored") {
    const auto buffer = make(shape);
    for (std::size_t i = 0; i < 10; ++i) buffer->add(numbered_transition(i));
    buffer->sample(10, random, batch);
    const std::vector<std::uint64_t> stale = batch.ids;
    for (std::size_t i = 10; i < 20; ++i) buffer->add(numbered_transition(i));
    buffer->update_priorities(stale, std::vector<float>(stale.size(), 1e6F));
    std::vector<int> counts(20, 0);
    for (int i = 0; i < 200; ++i) {
      buffer->sample(10, random, batch);
      for (std::size_t row = 0; row < 10; ++row) {
        ++counts[static_cast<std::size_t>(batch.observations[row * 3])];
      }
    }
    for (std::size_t i = 0; i < 10; ++i) CHECK(counts[i] == 0);
    for (std::size_t i = 10; i < 20; ++i) CHECK(counts[i] > 120);
  }

  SUBCASE("the same generator draws the same batch") {
    const auto buffer = make(shape);
    for (std::size_t i = 0; i < 10; ++i) buffer->add(numbered_transition(i));
    std::mt19937_64 first(3);
    std::mt19937_64 second(3);
    buffer->sample(16, first, batch);
    TransitionBatch again;
    buffer->sample(16, second, again);
    CHECK(batch.ids == again.ids);
  }

  SUBCASE("saved and restored, it draws what it would have drawn") {
    for (const std::size_t count : {6U, 27U}) {
      const auto buffer = make(shape);
      for (std::size_t i = 0; i < count; ++i) buffer->add(numbered_transition(i));
      buffer->sample(10, random, batch);
      buffer->update_priorities(batch.ids, std::vector<float>(10, 0.25F));
      StateStore store;
      StoreSaver saver(store);
      buffer->visit_content(saver, "replay");
      buffer->visit_state(saver, "replay");
      const auto restored = make(shape);
      for (std::size_t i = 0; i < 9; ++i) restored->add(numbered_transition(i + 50));
      StoreRestorer restorer(store);
      restored->visit_content(restorer, "replay");
      restored->visit_state(restorer, "replay");
      TransitionBatch again;
      for (const std::size_t number : {count, count + 1}) {
        std::mt19937_64 first(3);
        std::mt19937_64 second(3);
        buffer->sample(32, first, batch);
        restored->sample(32, second, again);
        CHECK(batch.ids == again.ids);
        CHECK(batch.observations == again.observations);
        CHECK(batch.next_observations == again.next_observations);
        CHECK(batch.weights == again.weights);
        buffer->add(numbered_transition(number));
        restored->add(numbered_transition(number));
      }
    }
  }

  SUBCASE("what does not fit the shape, and an empty buffer, are refused") {
    const auto buffer = make(shape);
    CHECK_THROWS_AS(buffer->sample(1, random, batch), std::logic_error);
    CHECK_THROWS_AS(buffer->add(numbered_transition(1, 4)), std::invalid_argument);
    CHECK_THROWS_AS(make({.capacity = 0, .observation_size = 3}), std::invalid_argument);
  }
}

}  // namespace flyball
