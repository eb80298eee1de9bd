// The runtime of a policy file: dense networks in plain loops, for a daemon on a small board. Not
// thread-safe. Nothing is allocated after construction and set_limits.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "env/aligned_allocator.h"
#include "policies/action_space.h"
#include "policies/dense_kernels.h"
#include "policies/dense_network.h"
#include "policies/policy.h"
#include "policies/policy_file.h"

namespace flyball {

// What the networks say of one joint action, in the units of the file's OutputMaps.
struct PredictedAction {
  double cost = 0.0;
  std::optional<double> constraint;
};

// The rule: of the actions inside the limits that the logs support, the one with the lowest
// predicted cost among those whose predicted constraint is at most limit * margin (or, where the
// file has a tolerance, at most that far above the lowest prediction of all); if there is none
// of those, the one with the lowest predicted constraint. Where the file has a multiplier, the one
// with the lowest cost + multiplier * constraint. Ties go to the lower index.
class DensePolicy final : public Policy {
 public:
  // Throws PolicyFileError when the file is not consistent. All levels are allowed at first.
  explicit DensePolicy(const PolicyFile& file);

  std::size_t observation_size() const override { return cost_.input_size(); }
  std::size_t knob_count() const override { return actions_.knob_count(); }
  void set_limits(std::span<const LevelRange> limits) override;
  void act(std::span<const float> observations, std::span<Level> actions) noexcept override;

  // The joint action for one observation; its predictions, and those of every other action, can be
  // asked for until the next decision.
  std::size_t decide(std::span<const float> observation) noexcept;
  PredictedAction predicted(std::size_t action) const;
  // Whether the last decision found an action that keeps the limit.
  bool is_feasible() const { return feasible_; }
  // Whether the networks said a number of the last decision's action: an input far outside of what
  // was trained on can make them overflow.
  bool is_finite() const { return finite_; }

  const ActionSpace& action_space() const { return actions_; }
  // Joint actions that may be chosen, ascending.
  std::span<const std::uint32_t> allowed() const { return allowed_; }

 private:
  LowestScore lowest_allowed(const float* values, float sign) const noexcept;
  std::size_t choose(std::span<const float> costs, std::span<const float> constraints) noexcept;

  ActionSpace actions_;
  std::vector<std::uint8_t> support_;
  std::vector<std::uint32_t> allowed_;
  DenseNetwork cost_;
  OutputMap cost_output_;
  std::optional<DenseNetwork> constraint_;
  OutputMap constraint_output_;
  AlignedFloats penalties_;              // per action: 0 where allowed, infinity elsewhere
  AlignedFloats scores_;                 // scratch: costs, infinite where the limit is not kept
  float raw_limit_ = 0.0F;               // limit * margin as the constraint's raw output
  std::optional<float> raw_tolerance_;   // distance from the lowest raw output
  std::optional<float> raw_multiplier_;  // of the constraint's raw output, in the cost's
  bool feasible_ = true;
  bool finite_ = true;
};

}  // namespace flyball
