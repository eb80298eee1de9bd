#include "policies/dense_policy.h"

#include <cmath>
#include <limits>
#include <stdexcept>

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

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// A scale below 0 turns the order of the raw outputs round.
float sign_of(const OutputMap& map) { return map.scale < 0.0 ? -1.0F : 1.0F; }

// The raw output that stands for `value`: OutputMap::value turned round.
float raw_of(const OutputMap& map, double value) {
  const double mapped = map.exponential ? std::log(value) : value;
  return static_cast<float>((mapped - map.offset) / map.scale);
}

}  // namespace

DensePolicy::DensePolicy(const PolicyFile& file)
    : actions_(action_space_of(checked(file).metadata)),
      support_(file.metadata.support),
      cost_("cost", file.tensors, branches_of(file.metadata, "cost")),
      cost_output_(file.metadata.cost_output),
      constraint_output_(file.metadata.constraint_output) {
  if (file.metadata.constraint) {
    constraint_.emplace("constraint", file.tensors, branches_of(file.metadata, "constraint"));
    const ConstraintLimit& limit = *file.metadata.constraint;
    raw_limit_ = raw_of(constraint_output_, limit.limit * limit.margin);
    if (limit.tolerance) {
      raw_tolerance_ = static_cast<float>(*limit.tolerance / std::abs(constraint_output_.scale));
    }
    if (limit.multiplier) {
      raw_multiplier_ = static_cast<float>(*limit.multiplier * constraint_output_.scale /
                                           std::abs(cost_output_.scale));
    }
  }
  scores_.resize(padded_to_panels(actions_.size()));
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
  penalties_.assign(padded_to_panels(actions_.size()), kInfinity);
  for (const std::uint32_t action : allowed_) penalties_[action] = 0.0F;
}

std::size_t DensePolicy::decide(std::span<const float> observation) noexcept {
  const std::span<const float> costs = cost_.evaluate(observation);
  std::span<const float> constraints;
  if (constraint_) constraints = constraint_->evaluate(observation);
  const std::size_t action = choose(costs, constraints);
  finite_ = std::isfinite(costs[action]) && (!constraint_ || std::isfinite(constraints[action]));
  return action;
}

// The lowest of `sign * values` among the allowed actions; the first one of them if there is none.
LowestScore DensePolicy::lowest_allowed(const float* values, float sign) const noexcept {
  const LowestScore lowest = lowest_score(values, penalties_.data(), sign, penalties_.size());
  return lowest.score < kInfinity ? lowest : LowestScore{allowed_.front(), kInfinity};
}

std::size_t DensePolicy::choose(std::span<const float> costs,
                                std::span<const float> constraints) noexcept {
  const float cost_sign = sign_of(cost_output_);
  feasible_ = true;
  if (raw_multiplier_) {
    price_scores(costs.data(), cost_sign, {constraints.data(), *raw_multiplier_}, scores_.data(),
                 scores_.size());
    return lowest_allowed(scores_.data(), 1.0F).index;
  }
  const LowestScore cheapest = lowest_allowed(costs.data(), cost_sign);
  if (!constraint_) return cheapest.index;

  const float sign = sign_of(constraint_output_);
  const float limit = raw_tolerance_
                          ? lowest_allowed(constraints.data(), sign).score + *raw_tolerance_
                          : sign * raw_limit_;
  if (sign * constraints[cheapest.index] <= limit) return cheapest.index;
  // Infeasible actions cost more than any other; not a number is not feasible.
  limit_scores(costs.data(), cost_sign, {constraints.data(), sign, limit}, scores_.data(),
               scores_.size());
  const LowestScore feasible = lowest_allowed(scores_.data(), 1.0F);
  feasible_ = feasible.score < kInfinity;
  return feasible_ ? feasible.index : lowest_allowed(constraints.data(), sign).index;
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
