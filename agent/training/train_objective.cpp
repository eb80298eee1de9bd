#include "agent/training/train_objective.h"

#include <stdexcept>

#include "agent/training/train_config.h"

namespace flyball {

namespace {

void require(bool holds, const char* message) {
  if (!holds) throw std::invalid_argument(message);
}

// The limit in its unit: of a latency the factor, until the residents' latency is known.
double limit_of(const TrainObjective& objective) {
  if (objective.constraint == ConstraintChoice::kMissRate) {
    require(objective.limit_share.has_value(),
            "objective.limit_share: missing, as misses are limited");
    return *objective.limit_share;
  }
  require(objective.limit_factor.has_value() || objective.limit_seconds.has_value(),
          "objective.constraint: a latency limit needs limit_seconds or limit_factor");
  return objective.limit_seconds ? *objective.limit_seconds : *objective.limit_factor;
}

void require_no_limits(const TrainObjective& objective) {
  const bool latency = objective.constraint == ConstraintChoice::kLatency;
  const bool misses = objective.constraint == ConstraintChoice::kMissRate;
  require(latency || !objective.limit_seconds,
          "objective.limit_seconds: needs constraint = \"latency\"");
  require(latency || !objective.limit_factor,
          "objective.limit_factor: needs constraint = \"latency\"");
  const TrainObjective standard;
  const bool any = latency || misses;
  require(any || !objective.tolerance, "objective.tolerance: needs a constraint");
  require(any || !objective.limit_range, "objective.limit_range: needs a constraint");
  require(any || objective.margin == standard.margin, "objective.margin: needs a constraint");
  require(any || objective.constraint_rule == standard.constraint_rule,
          "objective.constraint_rule: needs a constraint");
  require(misses || !objective.limit_share,
          "objective.limit_share: needs constraint = \"miss_rate\"");
}

}  // namespace

TrainObjective objective_of(const TrainConfig& config) {
  const ObjectiveConfig& wanted = config.trainer.objective;
  TrainObjective objective;
  objective.credit = config.spans.credit;
  objective.eta = wanted.reward.eta;
  objective.eta_range = wanted.eta_range;
  objective.miss_penalty = wanted.reward.miss_penalty;
  if (config.references_given) {
    objective.energy_reference_joules = wanted.reward.energy_reference_joules;
    objective.latency_reference_seconds = wanted.reward.latency_reference_seconds;
  }
  if (!wanted.constraint) return objective;
  const ConstraintLimit& limit = *wanted.constraint;
  const bool misses = limit.kind == ConstraintKind::kMissRate;
  objective.constraint = misses ? ConstraintChoice::kMissRate : ConstraintChoice::kLatency;
  objective.constraint_rule =
      limit.multiplier ? ConstraintRule::kMultiplier : ConstraintRule::kMask;
  objective.limit_factor = config.limit_factor;
  (misses ? objective.limit_share : objective.limit_seconds) = limit.limit;
  objective.limit_range = wanted.limit_range;
  objective.margin = limit.margin;
  objective.tolerance = limit.tolerance;
  return objective;
}

void set_objective(TrainConfig& config, const TrainObjective& objective) {
  const bool batches = objective.credit == SpanCredit::kWholeBatches;
  require(objective.energy_reference_joules.has_value() ==
              objective.latency_reference_seconds.has_value(),
          objective.energy_reference_joules
              ? "objective.energy_reference_joules: give both references or none"
              : "objective.latency_reference_seconds: give both references or none");
  require_no_limits(objective);
  config.spans.credit = objective.credit;
  ObjectiveConfig& wanted = config.trainer.objective;
  wanted = {};
  wanted.per_request = batches;
  wanted.reward.eta = objective.eta;
  wanted.reward.miss_penalty = objective.miss_penalty;
  wanted.eta_range = objective.eta_range;
  config.spans.encoder.eta = objective.eta;
  config.spans.encoder.with_eta = objective.eta_range.has_value();
  config.references_given = objective.energy_reference_joules.has_value();
  if (config.references_given) {
    wanted.reward.energy_reference_joules = *objective.energy_reference_joules;
    wanted.reward.latency_reference_seconds = *objective.latency_reference_seconds;
  }
  config.limit_factor = objective.limit_seconds ? std::nullopt : objective.limit_factor;
  config.limit_range = objective.limit_range;
  config.spans.encoder.with_limit = objective.limit_range.has_value();
  wanted.limit_range = objective.limit_range;
  if (objective.constraint == ConstraintChoice::kNone) return;
  const bool misses = objective.constraint == ConstraintChoice::kMissRate;
  wanted.constraint =
      ConstraintLimit{misses ? ConstraintKind::kMissRate : ConstraintKind::kLatency,
                      limit_of(objective), objective.margin, objective.tolerance, std::nullopt};
  if (objective.constraint_rule == ConstraintRule::kMultiplier) wanted.constraint->multiplier = 0.0;
}

}  // namespace flyball
