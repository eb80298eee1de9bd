// Which action is taken: the cheapest of those that keep the constraint. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace flyball {

// How the constraint counts, in the units of what the functions predict.
struct ActionRule {
  float threshold = 0.0F;           // the constraint has to be at most this,
  std::optional<float> tolerance;   // or at most that far above the lowest of all,
  std::optional<float> multiplier;  // or costs so much per unit
};

// Of `allowed` (joint actions, ascending, not empty): the one with the lowest cost among those
// whose constraint is at most `threshold`, or with a tolerance at most that far above the lowest
// constraint of all; if there is none, the one with the lowest constraint. With a multiplier: the
// one with the lowest cost + multiplier * constraint.
// Ties go to the lower index. `constraints` is empty where there is no constraint. Learning targets
// and the runtime (DensePolicy) use the same rule.
inline std::size_t choose_action(std::span<const float> costs, std::span<const float> constraints,
                                 std::span<const std::uint32_t> allowed, const ActionRule& rule) {
  std::size_t cheapest = allowed.front();
  std::size_t safest = allowed.front();
  if (rule.multiplier && !constraints.empty()) {
    const auto score = [&](std::size_t a) { return costs[a] + *rule.multiplier * constraints[a]; };
    for (const std::uint32_t action : allowed) {
      if (score(action) < score(cheapest)) cheapest = action;
    }
    return cheapest;
  }
  bool feasible = false;
  float threshold = rule.threshold;
  if (rule.tolerance && !constraints.empty()) {
    for (const std::uint32_t action : allowed) {
      if (constraints[action] < constraints[safest]) safest = action;
    }
    threshold = constraints[safest] + *rule.tolerance;
  }
  for (const std::uint32_t action : allowed) {
    if (!constraints.empty()) {
      if (constraints[action] < constraints[safest]) safest = action;
      if (!(constraints[action] <= threshold)) continue;
    }
    if (!feasible || costs[action] < costs[cheapest]) cheapest = action;
    feasible = true;
  }
  return feasible ? cheapest : safest;
}

}  // namespace flyball
