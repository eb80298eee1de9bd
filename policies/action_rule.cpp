#include "policies/action_rule.h"

#include <cmath>
#include <limits>

namespace flyball {

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

float sign_of(const OutputMap& map) { return map.scale < 0.0 ? -1.0F : 1.0F; }

// The output that stands for `value`: OutputMap::value turned round.
float raw_of(const OutputMap& map, double value) {
  const double mapped = map.exponential ? std::log(value) : value;
  return static_cast<float>((mapped - map.offset) / map.scale);
}

// The lowest of `sign * values` among those allowed; the first of them if there is none.
LowestScore lowest(const float* values, float sign, const ActionMask& mask) noexcept {
  const AlignedFloats& penalties = mask.penalties();
  const LowestScore found = lowest_score(values, penalties.data(), sign, penalties.size());
  return found.score < kInfinity ? found : LowestScore{mask.allowed().front(), kInfinity};
}

}  // namespace

ActionRule raw_rule(const std::optional<ConstraintLimit>& limit, const OutputMap& cost,
                    const OutputMap& constraint) {
  ActionRule rule;
  rule.cost_sign = sign_of(cost);
  if (!limit) return rule;
  rule.constraint_sign = sign_of(constraint);
  rule.limit = rule.constraint_sign * raw_of(constraint, limit->limit * limit->margin);
  if (limit->tolerance) {
    rule.tolerance = static_cast<float>(*limit->tolerance / std::abs(constraint.scale));
  }
  if (limit->multiplier) {
    rule.multiplier =
        static_cast<float>(*limit->multiplier * constraint.scale / std::abs(cost.scale));
  }
  return rule;
}

ActionMask::ActionMask(std::size_t actions, std::vector<std::uint32_t> allowed)
    : allowed_(std::move(allowed)), penalties_(padded_to_panels(actions), kInfinity) {
  for (const std::uint32_t action : allowed_) penalties_[action] = 0.0F;
}

ChosenAction ActionChooser::choose(const ActionValues& values, const ActionMask& mask,
                                   const ActionRule& rule) noexcept {
  const auto [costs, constraints] = values;
  const float sign = rule.constraint_sign;
  if (constraints == nullptr) return {lowest(costs, rule.cost_sign, mask).index, true};
  if (rule.multiplier) {
    price_scores(costs, rule.cost_sign, {constraints, *rule.multiplier}, scores_.data(),
                 scores_.size());
    return {lowest(scores_.data(), 1.0F, mask).index,
            lowest(constraints, sign, mask).score <= rule.limit};
  }
  float limit = rule.limit;
  bool is_feasible = true;
  if (rule.tolerance) {
    const float least = lowest(constraints, sign, mask).score;
    limit = least + *rule.tolerance;
    is_feasible = least <= rule.limit;
  }
  const LowestScore cheapest = lowest(costs, rule.cost_sign, mask);
  if (sign * constraints[cheapest.index] <= limit) return {cheapest.index, is_feasible};
  // What does not keep the limit costs more than anything; not a number does not keep it.
  limit_scores(costs, rule.cost_sign, {constraints, sign, limit}, scores_.data(), scores_.size());
  const LowestScore kept = lowest(scores_.data(), 1.0F, mask);
  if (kept.score < kInfinity) return {kept.index, is_feasible};
  return {lowest(constraints, sign, mask).index, false};
}

}  // namespace flyball
