// Which action is taken: of those that may be chosen, the cheapest that keeps the constraint. The
// one rule of learning targets and of the runtime.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "env/aligned_allocator.h"
#include "policies/dense_kernels.h"
#include "policies/policy_file.h"

namespace flyball {

// How the constraint counts, in the units of what the networks give. Where a network's scale is
// below 0 its sign is -1: what is lowest then is sign * output.
struct ActionRule {
  float limit = 0.0F;                              // sign * constraint has to be at most this,
  std::optional<float> tolerance = std::nullopt;   // or at most that far above the lowest of all,
  std::optional<float> multiplier = std::nullopt;  // or costs so much per unit
  float cost_sign = 1.0F;
  float constraint_sign = 1.0F;
};

// The limit in the units of networks whose outputs stand for what the maps say.
ActionRule raw_rule(const std::optional<ConstraintLimit>& limit, const OutputMap& cost,
                    const OutputMap& constraint);

// Joint actions that may be chosen: inside the limits and supported. Constant.
class ActionMask {
 public:
  // `allowed`: ascending, not empty, each below `actions`.
  ActionMask(std::size_t actions, std::vector<std::uint32_t> allowed);

  std::span<const std::uint32_t> allowed() const { return allowed_; }
  // Per action, padded to panels: 0 where allowed, infinity elsewhere.
  const AlignedFloats& penalties() const { return penalties_; }

 private:
  std::vector<std::uint32_t> allowed_;
  AlignedFloats penalties_;
};

// Of every action. Where there is no constraint it is null. As many floats as the actions padded to
// panels (dense_kernels.h) can be read; what those beyond the actions hold does not matter.
struct ActionValues {
  const float* costs = nullptr;
  const float* constraints = nullptr;
};

struct ChosenAction {
  std::size_t index = 0;
  bool is_feasible = true;  // some action keeps the limit, whatever the rule makes of it
};

// Not thread-safe: keeps its scratch. Nothing is allocated after construction.
class ActionChooser {
 public:
  explicit ActionChooser(std::size_t actions) : scores_(padded_to_panels(actions)) {}

  // The lowest cost among the actions whose constraint is at most the limit, or with a tolerance at
  // most that far above the lowest constraint of all; if there is none, the lowest constraint. With
  // a multiplier: the lowest cost + multiplier * constraint. Ties go to the lower index; what is
  // not a number is not chosen while another is left.
  ChosenAction choose(const ActionValues& values, const ActionMask& mask,
                      const ActionRule& rule) noexcept;

 private:
  AlignedFloats scores_;  // costs, infinite where the limit is not kept
};

}  // namespace flyball
