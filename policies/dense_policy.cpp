#include "policies/dense_policy.h"

#include <stdexcept>

namespace flyball {

namespace {

const PolicyFile& checked(const PolicyFile& file) {
  validate(file);
  return file;
}

std::vector<LevelRange> every_level(const ActionSpace& actions) {
  std::vector<LevelRange> limits;
  for (const std::size_t count : actions.counts()) {
    limits.push_back({0, static_cast<Level>(count - 1)});
  }
  return limits;
}

ActionMask mask_of(const ActionSpace& actions, std::span<const std::uint8_t> support,
                   std::span<const LevelRange> limits) {
  const std::vector<std::uint8_t> inside = actions.mask(limits);
  std::vector<std::uint32_t> allowed;
  for (std::size_t action = 0; action < inside.size(); ++action) {
    if (inside[action] != 0 && support[action] != 0) {
      allowed.push_back(static_cast<std::uint32_t>(action));
    }
  }
  if (allowed.empty()) {
    throw std::invalid_argument(
        "no joint action lies inside the limits and in the policy's support: the policy was "
        "trained on logs of another power mode");
  }
  return {actions.size(), std::move(allowed)};
}

}  // namespace

DensePolicy::DensePolicy(const PolicyFile& file)
    : actions_(action_space_of(checked(file).metadata.knobs)),
      support_(file.metadata.support),
      mask_(mask_of(actions_, support_, every_level(actions_))),
      chooser_(actions_.size()),
      rule_(raw_rule(file.metadata.constraint, file.metadata.cost_output,
                     file.metadata.constraint_output)),
      cost_(ensemble_of(file, "cost")),
      cost_output_(file.metadata.cost_output),
      constraint_output_(file.metadata.constraint_output) {
  if (file.metadata.constraint) {
    constraint_.emplace(ensemble_of(file, "constraint"));
  }
}

void DensePolicy::set_limits(std::span<const LevelRange> limits) {
  mask_ = mask_of(actions_, support_, limits);
}

std::size_t DensePolicy::decide(std::span<const float> observation) noexcept {
  const std::span<const float> costs = cost_.evaluate(observation);
  std::span<const float> constraints;
  if (constraint_) constraints = constraint_->evaluate(observation);
  const auto [action, is_feasible] =
      chooser_.choose({costs.data(), constraints.data()}, mask_, rule_);
  feasible_ = is_feasible;
  finite_ = cost_.is_finite(action) && (!constraint_ || constraint_->is_finite(action));
  return action;
}

void DensePolicy::act(std::span<const float> observations, std::span<Level> actions) noexcept {
  const std::size_t rows = actions.size() / knob_count();
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t action =
        decide(observations.subspan(row * observation_size(), observation_size()));
    actions_.levels_of(action, actions.subspan(row * knob_count(), knob_count()));
  }
}

PredictedAction DensePolicy::predicted(std::size_t action) const {
  PredictedAction prediction;
  prediction.cost = cost_output_.value(cost_.outputs()[action]);
  if (constraint_) prediction.constraint = constraint_output_.value(constraint_->outputs()[action]);
  return prediction;
}

}  // namespace flyball
