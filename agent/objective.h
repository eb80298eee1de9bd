// What is minimised and what must hold, as numbers per span of time. Values and pure functions.
#pragma once

#include <optional>

#include "env/reward.h"
#include "policies/policy_file.h"

namespace flyball {

struct ObjectiveConfig {
  RewardConfig reward;  // eta, references, rho (the start value where it is iterated)
  // Count in requests instead of spans: a span's cost is divided by what it served. For saturated
  // jobs with a gamma near 0 this is energy per request itself, and rho has nothing to do.
  bool per_request = false;
  std::optional<ConstraintLimit> constraint;
  // One policy for all of these, told which by its observation; absent: the one above alone.
  std::optional<ServedRange> eta_range = std::nullopt;
  std::optional<ServedRange> limit_range = std::nullopt;  // in the constraint's unit
};

// Throws std::invalid_argument naming the key at fault.
void validate(const ObjectiveConfig& config);

// A span's cost, lower is better: -reward, per request if so configured. Requires: per_request only
// with spans that served something.
double cost_of(const ObjectiveConfig& config, const SpanCost& span);

// What the constraint's value function sums. Per request: the latency (or the share of misses)
// itself, to be compared with limit * margin. Otherwise the excess over limit * margin (in-system
// time minus what the served requests were allowed; misses likewise), to be compared with 0.
// Requires: config.constraint.
double constraint_of(const ObjectiveConfig& config, const SpanCost& span);

// The value to compare the predicted constraint with.
double constraint_threshold(const ObjectiveConfig& config);

}  // namespace flyball
