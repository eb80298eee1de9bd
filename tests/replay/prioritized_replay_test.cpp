#include "replay/prioritized_replay.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "tests/contracts/replay_contract.h"

using namespace flyball;

namespace {

// Errors by transition number, so that priority^alpha is known.
float error_of(float number) { return 1.0F + number; }

void give_priorities(PrioritizedReplay& replay, std::mt19937_64& random) {
  TransitionBatch batch;
  for (int i = 0; i < 20; ++i) {
    replay.sample(32, random, batch);
    std::vector<float> errors;
    for (std::size_t row = 0; row < 32; ++row)
      errors.push_back(error_of(batch.observations[row * 3]));
    replay.update_priorities(batch.ids, errors);
  }
}

}  // namespace

TEST_CASE("chances follow the priorities after the buffer has wrapped around (chi-square)") {
  const std::size_t capacity = 20;
  PrioritizedReplay replay({.capacity = capacity, .observation_size = 3}, {.alpha = 0.6});
  for (std::size_t i = 0; i < 53; ++i) replay.add(numbered_transition(i));
  std::mt19937_64 random(11);
  give_priorities(replay, random);
  TransitionBatch batch;
  std::vector<double> counts(capacity, 0.0);
  const int draws = 40000;
  for (int i = 0; i < draws; ++i) {
    replay.sample(1, random, batch);  // one stratum: independent draws
    counts[static_cast<std::size_t>(batch.observations[0]) - 33] += 1.0;
  }
  double total = 0.0;
  for (std::size_t i = 0; i < capacity; ++i) {
    total += std::pow(error_of(static_cast<float>(i + 33)) + 1e-3, 0.6);
  }
  double chi_square = 0.0;
  for (std::size_t i = 0; i < capacity; ++i) {
    const double chance = std::pow(error_of(static_cast<float>(i + 33)) + 1e-3, 0.6) / total;
    const double expected = chance * draws;
    chi_square += (counts[i] - expected) * (counts[i] - expected) / expected;
  }
  CHECK(chi_square < 43.8);  // 99.9 % quantile at 19 degrees of freedom
}

TEST_CASE("weights undo the unequal chances and the rarest row of a batch weighs 1") {
  PrioritizedReplay replay({.capacity = 20, .observation_size = 3}, {.alpha = 1.0, .beta = 1.0});
  for (std::size_t i = 0; i < 20; ++i) replay.add(numbered_transition(i));
  std::mt19937_64 random(5);
  give_priorities(replay, random);
  TransitionBatch batch;
  replay.sample(64, random, batch);
  double lightest = 1e9;
  float heaviest = 0.0F;
  for (std::size_t row = 0; row < 64; ++row) {
    lightest =
        std::min(lightest, static_cast<double>(error_of(batch.observations[row * 3])) + 1e-3);
    heaviest = std::max(heaviest, batch.weights[row]);
  }
  CHECK(heaviest == 1.0F);
  for (std::size_t row = 0; row < 64; ++row) {
    const double priority = static_cast<double>(error_of(batch.observations[row * 3])) + 1e-3;
    CHECK(batch.weights[row] == doctest::Approx(lightest / priority).epsilon(1e-4));
  }
}

TEST_CASE("a transition's own weight multiplies the importance weight") {
  PrioritizedReplay replay({.capacity = 4, .observation_size = 3}, {});
  Transition transition = numbered_transition(1);
  transition.weight = 0.25;
  replay.add(transition);
  std::mt19937_64 random(1);
  TransitionBatch batch;
  replay.sample(2, random, batch);
  CHECK(batch.weights[0] == 0.25F);
}

TEST_CASE("a priority config's error names the key") {
  CHECK_THROWS_WITH_AS(PrioritizedReplay({.capacity = 4, .observation_size = 3}, {.alpha = 2.0}),
                       "replay.alpha = 2: must be in [0, 1]", std::invalid_argument);
}
