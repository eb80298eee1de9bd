#include "agent/policy_trainer.h"

#include <limits>
#include <stdexcept>

#include "agent/least_squares_trainer.h"
#include "agent/tabular_trainer.h"
#include "agent/trainer.h"

namespace flyball {

namespace {

// Limits that the policy may be given when it runs: those of the range; or any, where predictions
// are compared with the limit and depend on it in no other way.
std::optional<ServedRange> served_limit(const TrainerConfig& config) {
  const ObjectiveConfig& objective = config.objective;
  if (objective.limit_range || !objective.constraint) return objective.limit_range;
  const ConstraintLimit& constraint = *objective.constraint;
  const bool looks_ahead = config.learner.gamma > 0.0;
  if (!objective.per_request || looks_ahead || constraint.tolerance || constraint.multiplier) {
    return std::nullopt;
  }
  const bool misses = constraint.kind == ConstraintKind::kMissRate;
  return ServedRange{0.0, misses ? 1.0 : std::numeric_limits<double>::max()};
}

}  // namespace

std::unique_ptr<PolicyTrainer> make_trainer(const TrainerConfig& config, TrainingSet set) {
  switch (config.kind) {
    case LearnerKind::kDqn: break;
    case LearnerKind::kLeastSquares:
      return std::make_unique<LeastSquaresTrainer>(config, std::move(set));
    case LearnerKind::kTabular: return std::make_unique<TabularTrainer>(config, std::move(set));
  }
  return std::make_unique<Trainer>(config, std::move(set));
}

std::uint64_t all_steps(const TrainerConfig& config) {
  return config.kind == LearnerKind::kLeastSquares ? 1 : config.steps;
}

PolicyFile policy_without_networks(const TrainerConfig& config, const TrainingSet& set,
                                   const EncoderConfig& encoder, const std::string& version) {
  PolicyFile file;
  PolicyMetadata& metadata = file.metadata;
  metadata.board = set.board;
  for (const Knob& knob : set.knobs) {
    const bool is_capped = std::ranges::find(set.caps, knob.name) != set.caps.end();
    metadata.knobs.push_back({knob.name, knob.levels, knob.is_application(), is_capped});
  }
  metadata.encoder = encoder;
  metadata.reward = config.objective.reward;
  metadata.cost_head = config.head;
  metadata.constraint_head = config.constraint_head.value_or(config.head);
  metadata.constraint = config.objective.constraint;
  metadata.served_eta = config.objective.eta_range;
  metadata.served_limit = served_limit(config);
  metadata.training =
      PolicyTraining{config.objective.per_request ? SpanCredit::kWholeBatches : SpanCredit::kPeriod,
                     config.learner.gamma};
  metadata.provenance = {set.logs, set.simulated, config.seed, version, set.scenario};
  return file;
}

SpanCost behaviour_of(const TrainingSet& set) {
  if (set.residents.served > 0.0) return set.residents;
  SpanCost sum;
  for (const Transition& t : set.transitions) sum += t.cost();
  if (sum.served > 0.0) return sum;
  throw std::invalid_argument(
      "no request was served in the data: there is no cost of one to lower");
}

TrainingEstimate behaviour_estimate(const ObjectiveConfig& objective, const TrainingSet& set,
                                    const SpanCost& behaviour) {
  TrainingEstimate estimate;
  estimate.behaviour_cost = cost(objective.reward, behaviour) / behaviour.served;
  estimate.against_residents = set.residents.served > 0.0;
  if (!objective.constraint) return estimate;
  const bool latency = objective.constraint->kind == ConstraintKind::kLatency;
  estimate.behaviour_constraint =
      (latency ? behaviour.in_system_seconds : behaviour.missed) / behaviour.served;
  return estimate;
}

}  // namespace flyball
