#include "agent/objective.h"

#include <fmt/format.h>

#include <stdexcept>

namespace flyball {

namespace {

double allowed_each(const ConstraintLimit& constraint) {
  return constraint.limit * constraint.margin;
}

}  // namespace

void validate(const ObjectiveConfig& config) {
  validate(config.reward);
  if (!config.constraint) return;
  const ConstraintLimit& constraint = *config.constraint;
  if (!(constraint.limit > 0.0)) {
    throw std::invalid_argument(
        fmt::format("constraint.limit = {}: must be > 0", constraint.limit));
  }
  if (constraint.tolerance && !(*constraint.tolerance >= 0.0)) {
    throw std::invalid_argument(
        fmt::format("constraint.tolerance = {}: must be >= 0", *constraint.tolerance));
  }
  if (!(constraint.margin > 0.0 && constraint.margin <= 1.0)) {
    throw std::invalid_argument(
        fmt::format("constraint.margin = {}: must be in (0, 1]", constraint.margin));
  }
}

double cost_of(const ObjectiveConfig& config, const SpanCost& span) {
  const double cost = -reward(config.reward, span);
  return config.per_request ? cost / span.served : cost;
}

double constraint_of(const ObjectiveConfig& config, const SpanCost& span) {
  const ConstraintLimit& constraint = *config.constraint;
  const double amount =
      constraint.kind == ConstraintKind::kLatency ? span.in_system_seconds : span.missed;
  if (config.per_request) return amount / span.served;
  return amount - allowed_each(constraint) * span.served;
}

double constraint_threshold(const ObjectiveConfig& config) {
  return config.per_request ? allowed_each(*config.constraint) : 0.0;
}

}  // namespace flyball
