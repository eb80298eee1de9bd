#include "agent/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "agent/action_features.h"
#include "agent/known_states.h"
#include "agent/least_squares_trainer.h"
#include "agent/networks/ensemble_function.h"
#include "agent/networks/fused_network.h"
#include "agent/tabular_trainer.h"
#include "env/action_space.h"
#include "env/config/check_fields.h"
#include "policies/known_states.h"
#include "replay/uniform_replay.h"

namespace flyball {

namespace {

// Between the seeds of an ensemble's members: further apart than the seeds that anybody trains
// with.
constexpr std::uint64_t kMemberSeeds = 1'000'003;

std::map<std::string, Tensor> tensors_of(const QFunction& function, const std::string& name) {
  return dynamic_cast<const ValueNetwork&>(function).tensors(name);
}

}  // namespace

void validate(const TrainerConfig& config) {
  check_fields(config);
  validate(config.objective);
  validate(config.learner);
  if (config.threads == 0) throw std::invalid_argument("threads = 0: must be > 0");
  if (config.kind == LearnerKind::kLeastSquares) validate_least_squares(config);
  if (config.kind == LearnerKind::kTabular) validate_tabular(config);
}

void take_references(ObjectiveConfig& objective, const SpanCost& residents) {
  if (residents.served <= 0.0 || residents.energy_joules.value() <= 0.0) {
    throw std::invalid_argument(
        "objective: the logs have no spans under the residents with power and requests served; "
        "give energy_reference_joules and latency_reference_seconds");
  }
  objective.reward.energy_reference_joules = *residents.energy_joules / residents.served;
  objective.reward.latency_reference_seconds = residents.in_system_seconds / residents.served;
}

TrainingSet prepared(const TrainerConfig& config, TrainingSet set) {
  if (set.transitions.empty()) {
    throw std::invalid_argument(fmt::format(
        "nothing to learn from: {} rows gave {} spans, of which {} changed levels inside, {} had "
        "nothing to credit, {} lacked power and {} what is observed",
        set.counts.rows, set.counts.spans, set.counts.unheld, set.counts.incomplete,
        set.counts.unpowered, set.counts.unobserved));
  }
  if (config.objective.per_request) {
    std::erase_if(set.transitions, [](const Transition& t) { return t.cost().served <= 0.0; });
  }
  balance_weights(set, config.balance);
  const Relabel relabel(config.objective, set.layout());
  if (!relabel.is_needed()) return set;
  if (set.rewards_only) {
    throw std::invalid_argument(
        "objective: a range of preferences needs measured energy and latency; these are another "
        "program's rewards");
  }
  for (Transition& t : set.transitions) relabel.write_own(t);
  return set;
}

Trainer::Trainer(const TrainerConfig& config, TrainingSet set)
    : config_(config), team_(std::make_shared<WorkerTeam>(config.threads)), random_(config.seed) {
  config_.kind = LearnerKind::kDqn;  // whatever the configuration's recipe takes
  validate(config_);
  set_ = prepared(config_, std::move(set));
  support_ = supported_actions(set_, config_.support);
  known_ = known_states(set_);
  for (std::size_t action = 0; action < support_.size(); ++action) {
    if (support_[action] != 0) allowed_.push_back(static_cast<std::uint32_t>(action));
  }
  const ObservationLayout layout = set_.layout();
  const Relabel relabel(config_.objective, layout);
  double discount = 0.0;
  double requests = 0.0;
  const double period = set_.period_seconds;
  for (const Transition& t : set_.transitions) {
    discount += std::pow(config_.learner.gamma, t.seconds / period);
    requests += t.cost().served;
  }
  const auto count = static_cast<double>(set_.transitions.size());
  discount_ = discount / count;
  requests_per_span_ = requests / count;
  behaviour_ = behaviour_of(set_);
  ObjectiveConfig& objective = config_.objective;
  if (config_.learner.iterate_rho) {
    objective.reward.rho = cost(objective.reward, behaviour_) / behaviour_.served;
  }
  cost_scale_ = scale_of([&](const SpanCost& span) { return cost_of(objective, span); });
  if (objective.constraint) {
    constraint_scale_ =
        scale_of([&](const SpanCost& span) { return constraint_of(objective, span); });
  }
  LearnerParts parts;
  parts.cost = network(config_.head, 1);
  if (objective.constraint)
    parts.constraint = network(config_.constraint_head.value_or(config_.head), 2);
  parts.cost_scale = cost_scale_;
  parts.constraint_scale = constraint_scale_;
  parts.allowed = allowed_;
  parts.period_seconds = period;
  if (relabel.is_needed()) parts.relabel = relabel;
  parts.modes.emplace(layout, set_.knobs, allowed_);
  for (const Transition& t : set_.transitions) parts.modes->mask(t.observation.data());
  learner_ = std::make_unique<DqnLearner>(config_.learner, objective, std::move(parts));
  fill_replay();
}

Trainer::~Trainer() = default;

std::unique_ptr<ValueNetwork> Trainer::network(Head head, std::uint64_t stream) const {
  QNetworkShape shape;
  shape.observation_size = set_.observation_size();
  shape.action_count = support_.size();
  shape.support = support_;
  shape.dueling = config_.dueling.value_or(head == Head::kBranching);
  switch (head) {
    case Head::kJoint: break;
    case Head::kSmooth: shape.phi = action_features(set_.knobs, config_.degree, support_); break;
    case Head::kBranching:
      for (const Knob& knob : set_.knobs) shape.branches.push_back(knob.levels.size());
      break;
  }
  const std::uint64_t seed = config_.seed + stream;
  if (config_.members == 1) return member(shape, seed);
  std::vector<std::unique_ptr<ValueNetwork>> members;
  for (std::size_t m = 0; m < config_.members; ++m) {
    members.push_back(member(shape, seed + m * kMemberSeeds));
  }
  return std::make_unique<EnsembleFunction>(std::move(members));
}

std::unique_ptr<ValueNetwork> Trainer::member(const QNetworkShape& shape,
                                              std::uint64_t seed) const {
  if (config_.engine == NetworkEngine::kReference) {
    return std::make_unique<QNetwork>(shape, config_.network, seed);
  }
  const FusedOptions options{.team = team_};
  return std::make_unique<FusedNetwork>(shape, config_.network, seed, options);
}

// Centred on what the behaviour's value would be, in units of the spread between spans.
ValueScale Trainer::scale_of(const std::function<double(const SpanCost&)>& amount) const {
  double sum = 0.0;
  double squares = 0.0;
  double weights = 0.0;
  for (const Transition& t : set_.transitions) {
    const double value = amount(t.cost());
    sum += t.weight * value;
    squares += t.weight * value * value;
    weights += t.weight;
  }
  const double mean = sum / weights;
  const double spread = std::sqrt(std::max(squares / weights - mean * mean, 0.0));
  const double horizon = 1.0 / (1.0 - discount_);
  return {mean * horizon, std::max(spread, 1e-9) * std::sqrt(horizon)};
}

// The buffer holds them in half the memory; the set keeps what it says of them all.
void Trainer::fill_replay() {
  ReplayShape shape;
  shape.capacity = std::min(config_.capacity, set_.transitions.size());
  shape.observation_size = set_.observation_size();
  shape.with_effect_observation =
      std::all_of(set_.transitions.begin(), set_.transitions.end(),
                  [](const Transition& t) { return !t.effect_observation.empty(); });
  if (config_.replay == ReplayKind::kPrioritized) {
    replay_ = std::make_unique<PrioritizedReplay>(shape, config_.priority);
  } else {
    replay_ = std::make_unique<UniformReplay>(shape);
  }
  NStep returns(learner_->n_step(), [this](const Transition& t) { replay_->add(t); });
  for (const Transition& t : set_.transitions) returns.add(t);
  returns.flush();
  set_.transitions = {};
}

void Trainer::run(std::uint64_t report_steps,
                  const std::function<bool(const TrainingProgress&)>& keep_going) {
  StepLosses sum;
  std::uint64_t since = 0;
  while (learner_->steps() < config_.steps) {
    const StepLosses losses = learner_->step(*replay_, random_);
    sum += losses;
    ++since;
    if (learner_->steps() % report_steps != 0 && learner_->steps() != config_.steps) continue;
    const auto count = static_cast<double>(since);
    const TrainingProgress progress{learner_->steps(), sum / count, learner_->rho()};
    sum = {};
    since = 0;
    if (!keep_going(progress)) return;
  }
}

void Trainer::set_miss_penalty(double requests) {
  config_.objective.reward.miss_penalty = requests;
  ObjectiveConfig objective = config_.objective;
  objective.reward.rho = learner_->rho();
  learner_->set_objective(objective, constraint_scale_);
}

void Trainer::visit_state(StateVisitor& visitor) {
  visit_random(visitor, "random", random_);
  replay_->visit_state(visitor, "replay");
  learner_->visit_state(visitor, "learner");
}

// From a value (a discounted sum over spans) to its mean per request.
double Trainer::per_request(double value) const {
  if (config_.objective.per_request) return value;
  return value * (1.0 - discount_) / requests_per_span_;
}

TrainingEstimate Trainer::estimate(const TrainingSet& set) {
  std::vector<float> observations;
  for (const Transition& t : set.transitions) {
    observations.insert(observations.end(), t.observation.begin(), t.observation.end());
  }
  std::vector<std::uint32_t> actions(set.transitions.size());
  learner_->act(observations, actions);
  const auto mean = [](std::span<const double> values) {
    double sum = 0.0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
  };
  const ObjectiveConfig& objective = config_.objective;
  TrainingEstimate estimate = behaviour_estimate(objective, set_, behaviour_);
  estimate.policy_cost = learner_->rho() + per_request(mean(learner_->chosen_costs()));
  if (objective.constraint) {
    const double limit = objective.constraint->limit * objective.constraint->margin;
    estimate.policy_constraint =
        (objective.per_request ? 0.0 : limit) + per_request(mean(learner_->chosen_constraints()));
  }
  return estimate;
}

PolicyFile Trainer::policy(const EncoderConfig& encoder, const std::string& version) const {
  PolicyFile file = policy_without_networks(config_, set_, encoder, version);
  PolicyMetadata& metadata = file.metadata;
  metadata.reward.rho = learner_->rho();
  metadata.support = support_;
  metadata.members = config_.members;
  metadata.cost_output = {per_request(cost_scale_.offset), per_request(cost_scale_.scale), false};
  if (metadata.constraint) {
    metadata.constraint->multiplier = learner_->multiplier();
    if (metadata.constraint->tolerance) {
      metadata.constraint->tolerance = per_request(*metadata.constraint->tolerance);
    }
    const double base = config_.objective.per_request
                            ? 0.0
                            : metadata.constraint->limit * metadata.constraint->margin;
    metadata.constraint_output = {base + per_request(constraint_scale_.offset),
                                  per_request(constraint_scale_.scale), false};
  }
  file.tensors = tensors_of(learner_->cost(), "cost");
  if (const QFunction* constraint = learner_->constraint()) {
    file.tensors.merge(tensors_of(*constraint, "constraint"));
  }
  if (known_) file.tensors[kKnownStates] = *known_;
  return file;
}

}  // namespace flyball
