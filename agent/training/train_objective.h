// The table [objective] of a training configuration as it is written: what is asked for, before it
// becomes the objective that the learner minimises. Values and pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "agent/objective.h"
#include "env/config/fields.h"

namespace flyball {

enum class ConstraintChoice : std::uint8_t { kNone, kLatency, kMissRate };
constexpr auto words(ConstraintChoice) {
  return std::array{Word{"none", ConstraintChoice::kNone},
                    Word{"latency", ConstraintChoice::kLatency},
                    Word{"miss_rate", ConstraintChoice::kMissRate}};
}

enum class ConstraintRule : std::uint8_t { kMask, kMultiplier };
constexpr auto words(ConstraintRule) {
  return std::array{Word{"mask", ConstraintRule::kMask},
                    Word{"multiplier", ConstraintRule::kMultiplier}};
}

struct TrainObjective {
  SpanCredit credit = SpanCredit::kWholeBatches;
  double eta = 1.0;
  std::optional<ServedRange> eta_range;
  double miss_penalty = 0.0;
  std::optional<double> energy_reference_joules;
  std::optional<double> latency_reference_seconds;
  ConstraintChoice constraint = ConstraintChoice::kNone;
  ConstraintRule constraint_rule = ConstraintRule::kMask;
  std::optional<double> limit_seconds;
  std::optional<double> limit_factor;
  std::optional<double> limit_share;
  std::optional<ServedRange> limit_range;
  double margin = 1.0;
  std::optional<double> tolerance;
};

template <typename Visitor, FieldsOf<TrainObjective> Config>
void visit(Visitor& field, Config& objective) {
  field({"credit",
         "",
         {},
         "what of a span its action is charged with: its whole batches, for saturated jobs; or all "
         "of the period, for timed arrivals"},
        objective.credit);
  field({"eta", "", within(0, 1), "1: energy only, 0: latency only"}, objective.eta);
  field({"eta_range", "", within(0, 1), "one policy for all of these preferences"},
        objective.eta_range);
  field({"miss_penalty", "", at_least(0), "cost of a miss, in units of a request under stock"},
        objective.miss_penalty);
  field({"energy_reference_joules", "J", above(0),
         "E_ref; absent: the residents' energy per request in the data"},
        objective.energy_reference_joules);
  field({"latency_reference_seconds", "s", above(0),
         "L_ref; absent: the residents' latency in the data"},
        objective.latency_reference_seconds);
  field({"constraint", "", {}, "what is limited"}, objective.constraint);
  field({"constraint_rule",
         "",
         {},
         "mask: settings predicted above the limit are out; multiplier: the limit has a price, "
         "learned by dual ascent"},
        objective.constraint_rule);
  field({"limit_seconds", "s", above(0), "limit of the constraint \"latency\""},
        objective.limit_seconds);
  field({"limit_factor", "", above(0),
         "the same, as a multiple of the residents' mean latency; limit_seconds counts before it"},
        objective.limit_factor);
  field({"limit_share", "", above_up_to(0, 1), "limit of the constraint \"miss_rate\""},
        objective.limit_share);
  field({"limit_range", "", above(0), "one policy for all of these limits, in the limit's unit"},
        objective.limit_range);
  field({"margin", "", above_up_to(0, 1), "predictions have to be at most this times the limit"},
        objective.margin);
  field({"tolerance", "", at_least(0),
         "instead: how far above the lowest prediction of the same moment it may be"},
        objective.tolerance);
}

struct TrainConfig;

// As it was written, or after resolve_objective() with what came of it.
TrainObjective objective_of(const TrainConfig& config);

// Throws std::invalid_argument naming the key at fault ("objective.limit_share").
void set_objective(TrainConfig& config, const TrainObjective& objective);

}  // namespace flyball
