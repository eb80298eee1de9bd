// The runtime of a policy file: dense networks in plain loops, for a daemon on a small board. Not
// thread-safe. Nothing is allocated after construction and set_limits.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "env/action_space.h"
#include "policies/action_rule.h"
#include "policies/dense_ensemble.h"
#include "policies/policy.h"
#include "policies/policy_file.h"

namespace flyball {

// What the networks say of one joint action, in the units of the file's OutputMaps.
struct PredictedAction {
  double cost = 0.0;
  std::optional<double> constraint;
};

// Chooses by the rule of action_rule.h among the actions inside the limits that the logs support;
// the limit is the file's limit * margin.
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
  // Whether some action was predicted to keep the limit when it decided last.
  bool is_feasible() const { return feasible_; }
  // Whether the networks said a number of the last decision's action: an input far outside of what
  // was trained on can make them overflow.
  bool is_finite() const { return finite_; }

  const ActionSpace& action_space() const { return actions_; }
  // Joint actions that may be chosen, ascending.
  std::span<const std::uint32_t> allowed() const { return mask_.allowed(); }

 private:
  ActionSpace actions_;
  std::vector<std::uint8_t> support_;
  ActionMask mask_;
  ActionChooser chooser_;
  ActionRule rule_;
  DenseEnsemble cost_;
  OutputMap cost_output_;
  std::optional<DenseEnsemble> constraint_;
  OutputMap constraint_output_;
  bool feasible_ = true;
  bool finite_ = true;
};

}  // namespace flyball
