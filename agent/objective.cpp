#include "agent/objective.h"

#include <fmt/format.h>

#include <stdexcept>

#include "env/config/check_fields.h"

namespace flyball {

namespace {

double allowed_each(const ConstraintLimit& constraint) {
  return constraint.limit * constraint.margin;
}

void require_range(const std::optional<ServedRange>& range, const char* key, double least,
                   double most) {
  if (range && !(range->low >= least && range->low < range->high && range->high <= most)) {
    throw std::invalid_argument(
        fmt::format("objective.{} = [{}, {}]: must be ascending, in [{}, {}]", key, range->low,
                    range->high, least, most));
  }
}

// Per request a limit is only compared with: any is served, none is learned.
void validate_ranges(const ObjectiveConfig& config) {
  require_range(config.eta_range, "eta_range", 0.0, 1.0);
  if (!config.limit_range) return;
  constexpr double kLeast = 1e-9;
  const auto refuse = [](const char* why) {
    throw std::invalid_argument(fmt::format("objective.limit_range: {}", why));
  };
  if (!config.constraint) refuse("there is no constraint");
  if (config.per_request) refuse("costs per request serve every limit as they are");
  if (config.constraint->tolerance) refuse("a tolerance knows no limit");
  if (config.constraint->multiplier) refuse("a multiplier is learned for one limit");
  const bool misses = config.constraint->kind == ConstraintKind::kMissRate;
  require_range(config.limit_range, "limit_range", kLeast, misses ? 1.0 : 1e9);
}

}  // namespace

void validate(const ObjectiveConfig& config) {
  validate(config.reward);
  validate_ranges(config);
  if (!config.constraint) return;
  const ConstraintLimit& constraint = *config.constraint;
  check_fields(constraint, "constraint");
  if (constraint.multiplier && constraint.tolerance) {
    throw std::invalid_argument("constraint.tolerance: a multiplier needs none");
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
