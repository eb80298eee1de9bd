// What every Environment must do. `make` returns an environment whose episodes of seed 1 terminate
// or are truncated within `most_steps`.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <random>
#include <stdexcept>
#include <vector>

#include "env/environment.h"

namespace flyball {

struct EnvironmentContract {
  std::function<std::unique_ptr<Environment>()> make;
  RewardConfig reward_config;
  std::size_t most_steps = 10000;

  void check_all() const {
    check_spaces();
    check_forbidden_actions();
    check_end();
    check_reward();
    check_determinism();
  }

  static std::vector<std::vector<Level>> allowed_levels(const Environment& environment) {
    std::vector<std::vector<Level>> allowed;
    std::size_t offset = 0;
    for (const std::size_t count : environment.action_space().counts) {
      allowed.emplace_back();
      for (std::size_t level = 0; level < count; ++level) {
        if (environment.action_mask()[offset + level] != 0) {
          allowed.back().push_back(static_cast<Level>(level));
        }
      }
      offset += count;
    }
    return allowed;
  }

  static std::vector<Level> random_action(const Environment& environment, std::mt19937_64& random) {
    std::vector<Level> action;
    for (const auto& levels : allowed_levels(environment)) {
      action.push_back(levels[random() % levels.size()]);
    }
    return action;
  }

  static void check_observation(const Environment& environment, std::span<const float> values) {
    const BoxSpace& space = environment.observation_space();
    for (std::size_t i = 0; i < values.size(); ++i) {
      CHECK(values[i] >= space.low[i]);
      CHECK(values[i] <= space.high[i]);
    }
  }

  void check_spaces() const {
    const auto environment = make();
    const BoxSpace& space = environment->observation_space();
    REQUIRE(space.low.size() == space.high.size());
    CHECK(space.size() > 0);
    std::size_t entries = 0;
    for (const std::size_t count : environment->action_space().counts) entries += count;
    CHECK(environment->action_mask().size() == entries);
    for (const auto& levels : allowed_levels(*environment)) CHECK_FALSE(levels.empty());
    std::vector<float> observation(space.size());
    environment->reset(1, observation);
    check_observation(*environment, observation);
    std::mt19937_64 random(3);
    for (int i = 0; i < 20; ++i) {
      const StepResult result = environment->step(random_action(*environment, random), observation);
      check_observation(*environment, observation);
      if (result.terminated || result.truncated) break;
    }
  }

  void check_forbidden_actions() const {
    const auto environment = make();
    std::vector<float> observation(environment->observation_space().size());
    environment->reset(1, observation);
    std::vector<Level> action;
    for (const auto& levels : allowed_levels(*environment)) action.push_back(levels.front());
    std::size_t offset = 0;
    for (std::size_t k = 0; k < action.size(); ++k) {
      const std::size_t count = environment->action_space().counts[k];
      std::vector<Level> bad = action;
      bad[k] = static_cast<Level>(count);
      CHECK_THROWS_AS((void)environment->step(bad, observation), std::invalid_argument);
      for (std::size_t level = 0; level < count; ++level) {
        if (environment->action_mask()[offset + level] != 0) continue;
        bad[k] = static_cast<Level>(level);
        CHECK_THROWS_AS((void)environment->step(bad, observation), std::invalid_argument);
      }
      offset += count;
    }
    CHECK_NOTHROW((void)environment->step(action, observation));
  }

  // An episode ends in one of two ways, never both, and takes no step before reset or after its
  // end.
  void check_end() const {
    const auto environment = make();
    std::vector<float> observation(environment->observation_space().size());
    std::mt19937_64 random(5);
    CHECK_THROWS_AS((void)environment->step(random_action(*environment, random), observation),
                    std::logic_error);
    environment->reset(1, observation);
    std::size_t steps = 0;
    StepResult result;
    while (!result.terminated && !result.truncated && steps < most_steps) {
      result = environment->step(random_action(*environment, random), observation);
      ++steps;
    }
    CHECK(steps < most_steps);
    CHECK(result.terminated != result.truncated);
    CHECK_THROWS_AS((void)environment->step(random_action(*environment, random), observation),
                    std::logic_error);
    environment->reset(1, observation);
    CHECK_NOTHROW((void)environment->step(random_action(*environment, random), observation));
  }

  void check_reward() const {
    const auto environment = make();
    std::vector<float> observation(environment->observation_space().size());
    environment->reset(1, observation);
    std::mt19937_64 random(9);
    for (int i = 0; i < 20; ++i) {
      const StepResult result = environment->step(random_action(*environment, random), observation);
      CHECK(result.reward == reward(reward_config, result.cost));
      CHECK(result.cost.seconds > 0.0);
      CHECK(result.cost.energy_joules >= 0.0);
      if (result.terminated || result.truncated) break;
    }
  }

  void check_determinism() const {
    const auto run = [this](Environment& environment) {
      std::vector<float> observation(environment.observation_space().size());
      std::vector<double> seen;
      std::mt19937_64 random(11);
      environment.reset(4, observation);
      for (int i = 0; i < 20; ++i) {
        const StepResult result = environment.step(random_action(environment, random), observation);
        seen.push_back(result.reward);
        seen.insert(seen.end(), observation.begin(), observation.end());
        if (result.terminated || result.truncated) break;
      }
      return seen;
    };
    const auto environment = make();
    const std::vector<double> first = run(*environment);
    CHECK(run(*environment) == first);
    CHECK(run(*make()) == first);
  }
};

}  // namespace flyball
