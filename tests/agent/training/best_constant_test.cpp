#include "agent/training/best_constant.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "env/action_space.h"
#include "policies/known_states.h"

using namespace flyball;

namespace {

PolicyFile policy_of_two_knobs() {
  PolicyFile file;
  file.metadata.knobs = {{"cpu", {1, 2, 3, 4, 5, 6, 7, 8}, false}, {"gpu", {1, 2, 3, 4, 5}, false}};
  file.metadata.support.assign(40, 1);
  return file;
}

std::vector<Level> levels_of(const PolicyFile& file) {
  const auto& support = file.metadata.support;
  REQUIRE(std::count(support.begin(), support.end(), 1) == 1);
  const auto at = std::find(support.begin(), support.end(), 1) - support.begin();
  std::vector<Level> levels(2);
  action_space_of(file.metadata.knobs).levels_of(static_cast<std::size_t>(at), levels);
  return levels;
}

// Saves most at cpu 2 and gpu 3, and keeps the limits from cpu 2 and gpu 1 upwards.
ValidationFigures figures_at(const std::vector<Level>& levels) {
  const double saving = 1.0 - 0.1 * std::abs(levels[0] - 2) - 0.1 * std::abs(levels[1] - 3);
  const bool is_kept = levels[0] >= 2 && levels[1] >= 1;
  return {saving, 0.1, is_kept ? 1.0 : 0.1 * levels[0], is_kept};
}

}  // namespace

TEST_CASE("the best constant setting is found with fewer measurements than there are settings") {
  const ConstantPolicy best = best_constant(
      policy_of_two_knobs(), {[](const PolicyFile& file) { return figures_at(levels_of(file)); }});
  CHECK(levels_of(best.policy) == std::vector<Level>{2, 3});
  CHECK(best.figures.saving == doctest::Approx(1.0));
  CHECK(best.measured < 32);
}

TEST_CASE("along a limit one knob goes down for another one up") {
  // Kept where the levels' sum is at least 7; a cpu level costs three times a gpu level.
  const ConstantPolicy best = best_constant(
      policy_of_two_knobs(), {[](const PolicyFile& file) {
        const std::vector<Level> levels = levels_of(file);
        const bool is_kept = levels[0] + levels[1] >= 7;
        return ValidationFigures{1.0 - 0.06 * levels[0] - 0.02 * levels[1], 0.1, 0.5, is_kept};
      }});
  CHECK(levels_of(best.policy) == std::vector<Level>{3, 4});
}

TEST_CASE("settings that the policy may not choose are never measured") {
  PolicyFile file = policy_of_two_knobs();
  std::fill(file.metadata.support.begin(), file.metadata.support.end(), 0);
  for (const std::size_t action : {20UL, 27UL, 33UL, 39UL}) file.metadata.support[action] = 1;
  const ConstantPolicy best =
      best_constant(file, {[&](const PolicyFile& candidate) {
                      const std::vector<Level> levels = levels_of(candidate);
                      const auto action = static_cast<std::size_t>(5 * levels[0] + levels[1]);
                      CHECK(file.metadata.support[action] == 1);
                      return figures_at(levels);
                    }});
  CHECK(best.measured >= 1);
  CHECK(best.measured <= 4);
}

TEST_CASE("where nothing keeps the limits the one that serves most in time is taken") {
  const ConstantPolicy best =
      best_constant(policy_of_two_knobs(), {[](const PolicyFile& file) {
                      return ValidationFigures{0.5, 0.1, 0.1 * levels_of(file)[0], false};
                    }});
  CHECK(levels_of(best.policy)[0] == 7);
}

TEST_CASE("a constant policy knows every state") {
  PolicyFile file = policy_of_two_knobs();
  file.tensors[kKnownStates] = {{2, 1}, {0.0F, 1.0F}};
  const std::array<float, 1> unseen = {2.0F};
  CHECK_FALSE(KnownStates(file.tensors).hold(unseen));
  CHECK(KnownStates(constant_policy(file, 3).tensors).hold(unseen));
}

TEST_CASE("what measuring throws is thrown on") {
  CHECK_THROWS_AS(best_constant(policy_of_two_knobs(), {[](const PolicyFile&) -> ValidationFigures {
                                  throw std::runtime_error("no board");
                                }}),
                  std::runtime_error);
}

TEST_CASE("a setting that further arrivals do not confirm gives way to the next best one") {
  std::size_t asked = 0;
  PolicyJudge judge{[](const PolicyFile& file) { return figures_at(levels_of(file)); }};
  judge.confirm = [&](const PolicyFile& file) {
    ++asked;
    return levels_of(file)[0] >= 4;
  };
  const ConstantPolicy best = best_constant(policy_of_two_knobs(), judge);
  CHECK(levels_of(best.policy) == std::vector<Level>{4, 3});
  CHECK(best.figures.feasible);
  CHECK(asked < 16);
}

TEST_CASE("where further arrivals confirm nothing, what is left is told as not feasible") {
  PolicyJudge judge{[](const PolicyFile& file) { return figures_at(levels_of(file)); }};
  judge.confirm = [](const PolicyFile&) { return false; };
  CHECK_FALSE(best_constant(policy_of_two_knobs(), judge).figures.feasible);
}
