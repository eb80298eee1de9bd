#include "policies/dense_policy.h"

#include <cmath>

namespace flyball {

namespace {

const PolicyFile& checked(const PolicyFile& file) {
  validate(file);
  return file;
}

ActionSpace action_space_of(const PolicyMetadata& metadata) {
  std::vector<std::size_t> counts;
  for (const PolicyKnob& knob : metadata.knobs) counts.push_back(knob.levels.size());
  return ActionSpace(std::move(counts));
}

// The raw output that stands for `value`: OutputMap::value turned round.
float raw_of(const OutputMap& map, double value) {
  const double mapped = map.exponential ? std::log(value) : value;
  return static_cast<float>((mapped - map.offset) / map.scale);
}

}  // namespace

DensePolicy::DensePolicy(const PolicyFile& file)
    : actions_(action_space_of(checked(file).metadata)),
      support_(file.metadata.support),
      cost_("cost", file.tensors),
      cost_output_(file.metadata.cost_output),
      constraint_output_(file.metadata.constraint_output) {
  if (file.metadata.constraint) {
    constraint_.emplace("constraint", file.tensors);
    const ConstraintLimit& limit = *file.metadata.constraint;
    raw_limit_ = raw_of(constraint_output_, limit.limit * limit.margin);
  }
  std::vector<LevelRange> everything;
  for (const std::size_t count : actions_.counts()) {
    everything.push_back({0, static_cast<Level>(count - 1)});
  }
  set_limits(everything);
}

void DensePolicy::set_limits(std::span<const LevelRange> limits) {
  const std::vector<std::uint8_t> mask = actions_.mask(limits);
  std::vector<std::uint32_t> allowed;
  for (std::size_t action = 0; action < mask.size(); ++action) {
    if (mask[action] != 0 && support_[action] != 0) {
      allowed.push_back(static_cast<std::uint32_t>(action));
    }
  }
  if (allowed.empty()) {
    throw std::invalid_argument(
        "no joint action lies inside the limits and in the policy's support: the policy was "
        "trained "
        "on logs of another power mode");
  }
  allowed_ = std::move(allowed);
}

std::size_t DensePolicy::decide(std::span<const float> observation) noexcept {
  // A scale below 0 turns the order of the raw outputs round.
  const float cost_sign = cost_output_.scale < 0.0 ? -1.0F : 1.0F;
  const std::span<const float> costs = cost_.evaluate(observation);
  std::span<const float> constraints;
  if (constraint_) constraints = constraint_->evaluate(observation);
  const float constraint_sign = constraint_output_.scale < 0.0 ? -1.0F : 1.0F;

  const std::size_t none = actions_.size();
  std::size_t cheapest = none;
  std::size_t least = allowed_.front();
  for (const std::uint32_t action : allowed_) {
    if (constraint_) {
      const float constraint = constraint_sign * constraints[action];
      if (constraint < constraint_sign * constraints[least]) least = action;
      if (!(constraint <= constraint_sign * raw_limit_)) continue;  // not a number: not feasible
    }
    if (cheapest == none || cost_sign * costs[action] < cost_sign * costs[cheapest]) {
      cheapest = action;
    }
  }
  feasible_ = cheapest != none;
  return feasible_ ? cheapest : least;
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
