#include "env/vector_environment.h"

#include <doctest/doctest.h>

#include <random>
#include <stdexcept>

#include "tests/support/small_board.h"

using namespace flyball;

namespace {

// Counts to `length` of its seed; its observation is the seed and the count. Level 2 throws.
class CountingEnvironment final : public Environment {
 public:
  CountingEnvironment() {
    observation_space_.low = {0.0F, 0.0F};
    observation_space_.high = {1e6F, 1e6F};
    action_space_.counts = {3};
  }
  const BoxSpace& observation_space() const override { return observation_space_; }
  const MultiDiscreteSpace& action_space() const override { return action_space_; }
  std::span<const std::uint8_t> action_mask() const override { return mask_; }
  void reset(std::uint64_t seed, std::span<float> observation) override {
    seed_ = seed;
    count_ = 0;
    show(observation);
  }
  StepResult step(std::span<const Level> action, std::span<float> observation) override {
    if (action[0] == 2) throw std::runtime_error("seed " + std::to_string(seed_));
    ++count_;
    show(observation);
    StepResult result;
    result.reward = static_cast<double>(count_);
    result.terminated = count_ == 3 && seed_ % 2 == 0;  // even seeds end, odd ones are cut short
    result.truncated = count_ == 3 && seed_ % 2 == 1;
    return result;
  }

 private:
  void show(std::span<float> observation) const {
    observation[0] = static_cast<float>(seed_);
    observation[1] = static_cast<float>(count_);
  }
  BoxSpace observation_space_;
  MultiDiscreteSpace action_space_;
  std::vector<std::uint8_t> mask_ = {1, 1, 1};
  std::uint64_t seed_ = 0;
  int count_ = 0;
};

VectorEnvironment counting(std::size_t environments, std::size_t threads, Autoreset autoreset) {
  return VectorEnvironment({environments, threads, autoreset},
                           [](std::size_t) { return std::make_unique<CountingEnvironment>(); });
}

std::unique_ptr<Environment> simulated() {
  PlantEnvironmentConfig config;
  config.knobs = {"gpu"};
  config.encoder.period_seconds = 0.5;
  config.encoder.with_power = true;
  config.think_seconds = 0.01;
  config.horizon_seconds = 6.0;
  const auto factory = [](std::uint64_t seed) {
    SimConfig sim = small_config(ClosedLoop{40, 4, {}});
    sim.service_noise = 0.1;
    sim.sensor.noise_watts = 0.1;
    sim.seed = seed;
    return std::make_unique<SimPlant>(std::move(sim));
  };
  return std::make_unique<PlantEnvironment>(config, factory);
}

// All that 60 steps of 7 simulated boards show, under actions that do not depend on the threads.
std::vector<double> transcript(std::size_t threads) {
  VectorEnvironment environments({7, threads, Autoreset::kSameStep},
                                 [](std::size_t) { return simulated(); });
  environments.reset(11);
  std::mt19937_64 random(5);
  std::vector<double> all;
  std::vector<Level> actions(7);
  for (int s = 0; s < 60; ++s) {
    for (Level& action : actions) action = static_cast<Level>(random() % 3);
    environments.step(actions);
    const EnvironmentBatch& batch = environments.batch();
    all.insert(all.end(), batch.observations.begin(), batch.observations.end());
    all.insert(all.end(), batch.final_observations.begin(), batch.final_observations.end());
    all.insert(all.end(), batch.rewards.begin(), batch.rewards.end());
    all.insert(all.end(), batch.terminated.begin(), batch.terminated.end());
    all.insert(all.end(), batch.truncated.begin(), batch.truncated.end());
  }
  return all;
}

}  // namespace

TEST_CASE("results do not depend on the number of threads") {
  const std::vector<double> one = transcript(1);
  CHECK(one == transcript(1));
  CHECK(one == transcript(2));
  CHECK(one == transcript(5));
}

TEST_CASE("environment i begins with seed + i and goes on with the next of its own") {
  VectorEnvironment environments = counting(3, 2, Autoreset::kSameStep);
  environments.reset(10);
  const std::vector<Level> actions(3, 0);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(environments.observation(i)[0] == static_cast<float>(10 + i));
  for (int s = 0; s < 3; ++s) environments.step(actions);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(environments.observation(i)[0] == static_cast<float>(13 + i));
  environments.reset(10);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(environments.observation(i)[0] == static_cast<float>(10 + i));
}

TEST_CASE("an episode that ends is begun anew in the same step, its last observation kept") {
  VectorEnvironment environments = counting(2, 1, Autoreset::kSameStep);
  environments.reset(4);
  const std::vector<Level> actions(2, 1);
  for (int s = 0; s < 3; ++s) environments.step(actions);
  const EnvironmentBatch& batch = environments.batch();
  CHECK(batch.terminated == std::vector<std::uint8_t>{1, 0});
  CHECK(batch.truncated == std::vector<std::uint8_t>{0, 1});
  CHECK(batch.rewards == std::vector<double>{3.0, 3.0});
  CHECK(batch.final_observations == std::vector<float>{4.0F, 3.0F, 5.0F, 3.0F});
  CHECK(batch.observations == std::vector<float>{6.0F, 0.0F, 7.0F, 0.0F});
  environments.step(actions);
  CHECK(batch.terminated == std::vector<std::uint8_t>{0, 0});
  CHECK(batch.truncated == std::vector<std::uint8_t>{0, 0});
}

TEST_CASE("without autoreset an ended environment waits until it is reset") {
  VectorEnvironment environments = counting(2, 2, Autoreset::kDisabled);
  environments.reset(4);
  const std::vector<Level> actions(2, 1);
  for (int s = 0; s < 4; ++s) environments.step(actions);
  const EnvironmentBatch& batch = environments.batch();
  CHECK(batch.observations == std::vector<float>{4.0F, 3.0F, 5.0F, 3.0F});
  CHECK(batch.rewards == std::vector<double>{0.0, 0.0});
  CHECK(batch.terminated == std::vector<std::uint8_t>{0, 0});
  environments.reset_one(1);
  environments.step(actions);
  CHECK(batch.observations == std::vector<float>{4.0F, 3.0F, 7.0F, 1.0F});
}

TEST_CASE("what an environment throws reaches the caller, of the first that threw") {
  VectorEnvironment environments = counting(4, 2, Autoreset::kSameStep);
  environments.reset(0);
  const std::vector<Level> actions = {0, 2, 0, 2};
  CHECK_THROWS_WITH_AS(environments.step(actions), "seed 1", std::runtime_error);
  CHECK(environments.observation(2)[1] == 1.0F);
  CHECK_THROWS_AS(environments.step(std::vector<Level>{0}), std::invalid_argument);
  CHECK_THROWS_AS(counting(0, 1, Autoreset::kSameStep), std::invalid_argument);
  CHECK_THROWS_AS(counting(1, 0, Autoreset::kSameStep), std::invalid_argument);
}
