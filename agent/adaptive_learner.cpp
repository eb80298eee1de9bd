#include "agent/adaptive_learner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "agent/action_features.h"
#include "agent/support.h"
#include "env/config/check_fields.h"

namespace flyball {

namespace {

// The tensors of one network without its name: what FusedNetwork calls its parameters.
std::map<std::string, Tensor> parameters_of(const PolicyFile& file, const std::string& name) {
  std::map<std::string, Tensor> parameters;
  for (const auto& [key, tensor] : file.tensors) {
    if (key.starts_with(name + ".")) parameters[key.substr(name.size() + 1)] = tensor;
  }
  return parameters;
}

// The smooth head's features of low degree. They come first and are orthonormal over the support,
// so what is left of the network is the nearest polynomial of that degree.
void keep_degree(PolicyFile& file, const std::string& name, std::size_t degree) {
  const auto found = file.tensors.find(name + ".phi");
  if (found == file.tensors.end()) return;
  Tensor& phi = found->second;
  const Tensor lower = action_features(knobs_of(file.metadata), degree, file.metadata.support);
  if (lower.shape[1] >= phi.shape[1]) return;
  std::size_t last = 0;
  while (file.tensors.contains(fmt::format("{}.{}.weight", name, last + 1))) ++last;
  Tensor& weight = file.tensors.at(fmt::format("{}.{}.weight", name, last));
  Tensor& bias = file.tensors.at(fmt::format("{}.{}.bias", name, last));
  phi = lower;
  weight.shape[0] = bias.shape[0] = lower.shape[1];
  weight.values.resize(weight.shape[0] * weight.shape[1]);
  bias.values.resize(bias.shape[0]);
}

// The network as it stands in the file; dueling is folded there.
std::unique_ptr<FusedNetwork> network_of(const PolicyFile& file, const std::string& name,
                                         const AdaptConfig& config) {
  std::map<std::string, Tensor> parameters = parameters_of(file, name);
  QNetworkShape shape;
  shape.observation_size = observation_layout(file.metadata).size();
  shape.action_count = action_count(file.metadata);
  shape.branches = branches_of(file.metadata, name);
  if (const auto phi = parameters.find("phi"); phi != parameters.end()) {
    shape.phi = phi->second;
    parameters.erase(phi);
  }
  QNetworkConfig network;
  network.learning_rate = config.learning_rate;
  network.hidden.clear();
  const std::size_t layers = parameters.size() / 2;  // a weight and a bias each
  for (std::size_t l = 0; l + 1 < layers; ++l) {
    network.hidden.push_back(parameters.at(fmt::format("{}.weight", l)).shape[0]);
  }
  auto result = std::make_unique<FusedNetwork>(shape, network, 0);
  result->set_parameters(parameters);
  return result;
}

// The learner's average over the last steps, which is the policy.
const FusedNetwork& averaged(const QFunction& function) {
  return dynamic_cast<const FusedNetwork&>(function);
}

ValueScale scale_of(const OutputMap& map, const char* name) {
  if (map.exponential) {
    throw std::invalid_argument(fmt::format(
        "the policy's {} is learned on logarithms, which cannot be gone on with", name));
  }
  return {map.offset, map.scale};
}

// What ran before the action took effect: nothing of it is in the cost of whole batches.
std::vector<std::size_t> without_meaning(const PolicyMetadata& metadata) {
  std::vector<std::size_t> components;
  const ObservationLayout layout = observation_layout(metadata);
  const auto add = [&](Feature feature, std::size_t knob) {
    if (const auto place = layout.offset(feature, knob)) components.push_back(*place);
  };
  add(Feature::kThinkTime, 0);
  for (std::size_t k = 0; k < metadata.knobs.size(); ++k) {
    add(Feature::kPreviousAction, k);
    add(Feature::kVectorToGo, k);
  }
  return components;
}

void require_objective(const PolicyMetadata& metadata) {
  if (metadata.members > 1) {
    throw std::invalid_argument(fmt::format(
        "the policy has {} networks per value, which cannot be gone on with: train with "
        "network.members = 1",
        metadata.members));
  }
  const double eta = metadata.reward.eta;
  const bool knows_latency =
      metadata.constraint && metadata.constraint->kind == ConstraintKind::kLatency;
  if (!(eta > 0.0) || (eta < 1.0 && !knows_latency)) {
    throw std::invalid_argument(fmt::format(
        "eta = {}: adapting needs a policy that predicts energy, and the latency where it counts",
        eta));
  }
}

}  // namespace

void validate(const AdaptConfig& config) {
  check_fields(config, "adapt");
  validate(config.change);
}

const char* to_string(AdaptPhase phase) {
  switch (phase) {
    case AdaptPhase::kSteady: return "steady";
    case AdaptPhase::kMeasuring: return "measuring";
    case AdaptPhase::kRelearning: return "relearning";
  }
  return "";
}

AdaptiveLearner::AdaptiveLearner(const AdaptConfig& config, PolicyFile start,
                                 std::vector<LevelRange> limits)
    : config_(config),
      start_(std::move(start)),
      limits_(std::move(limits)),
      actions_(action_space_of(start_.metadata.knobs)),
      cost_scale_(scale_of(start_.metadata.cost_output, "cost")),
      constraint_scale_(scale_of(start_.metadata.constraint_output, "constraint")),
      inside_(actions_.mask(limits_)),
      support_(start_.metadata.support),
      cost_errors_(config.change),
      constraint_errors_(config.change),
      random_(config.seed) {
  validate(config_);
  const PolicyMetadata& metadata = start_.metadata;
  require_objective(metadata);
  for (const char* network : {"cost", "constraint"}) keep_degree(start_, network, config_.degree);
  objective_.per_request = true;
  objective_.reward = metadata.reward;
  objective_.constraint = metadata.constraint;
  for (std::size_t a = 0; a < support_.size(); ++a) support_[a] &= inside_[a];
  LearnerParts parts;
  auto cost = network_of(start_, "cost", config_);
  cost_ = cost.get();
  parts.cost = std::move(cost);
  if (objective_.constraint) {
    auto constraint = network_of(start_, "constraint", config_);
    constraint_ = constraint.get();
    parts.constraint = std::move(constraint);
  }
  parts.cost_scale = cost_scale_;
  parts.constraint_scale = constraint_scale_;
  parts.period_seconds = metadata.encoder.period_seconds;
  for (std::uint32_t a = 0; a < support_.size(); ++a) {
    if (support_[a] != 0) parts.allowed.push_back(a);
  }
  LearnerConfig learner;
  learner.minibatch = config_.minibatch;
  learner_ = std::make_unique<DqnLearner>(learner, objective_, std::move(parts));
  const ReplayShape shape{.capacity = config_.capacity,
                          .observation_size = observation_layout(metadata).size()};
  replay_ = std::make_unique<FadingReplay>(shape, without_meaning(metadata));
}

std::size_t AdaptiveLearner::supported() const {
  return static_cast<std::size_t>(std::count(support_.begin(), support_.end(), 1));
}

void AdaptiveLearner::observe(const StreamedSpan& span) {
  ++spans_;
  ++phase_spans_;
  if (span.transition != nullptr) {
    const bool first = observation_.empty();
    observation_ = span.transition->observation;
    if (first) believe(config_.steady);
  }
  if (phase_ == AdaptPhase::kMeasuring) return measure(span);
  if (span.transition == nullptr || observation_.empty()) return;
  if (is_change(*span.transition)) return begin_measuring();
  support_neighbours(span.transition->action);
  replay_->add(*span.transition);
  learn();
  const double relearn_spans = config_.relearn_seconds / start_.metadata.encoder.period_seconds;
  if (phase_ == AdaptPhase::kRelearning && static_cast<double>(phase_spans_) >= relearn_spans) {
    settle();
  }
}

void AdaptiveLearner::learn() {
  StepLosses sum;
  for (std::uint64_t i = 0; i < config_.steps; ++i) sum += learner_->step(*replay_, random_);
  if (config_.steps > 0) losses_ = sum / static_cast<double>(config_.steps);
}

// What the networks did not expect, in the units that they learn in. Where one explores they are
// known to know less.
bool AdaptiveLearner::is_change(const Transition& transition) {
  if (transition.decided_by == DecidedBy::kRandom) return false;
  const auto error = [&](FusedNetwork& network, const ValueScale& scale, double seen) {
    float predicted = 0.0F;
    network.evaluate(transition.observation, {&transition.action, 1}, {&predicted, 1});
    return (seen - scale.offset) / scale.scale - static_cast<double>(predicted);
  };
  const SpanCost cost = transition.cost();
  const bool of_cost = cost_errors_.observe(error(*cost_, cost_scale_, cost_of(objective_, cost)));
  if (constraint_ == nullptr) return of_cost;
  const double seen = constraint_of(objective_, cost);
  return constraint_errors_.observe(error(*constraint_, constraint_scale_, seen)) || of_cost;
}

void AdaptiveLearner::begin_measuring() {
  ++changes_;
  residents_ = {};
  enter(AdaptPhase::kMeasuring);
}

// Only spans of the residents count, and not the first: the clocks settle in it.
void AdaptiveLearner::measure(const StreamedSpan& span) {
  if (span.resident_cost == nullptr) {
    phase_spans_ = 0;
    return;
  }
  if (phase_spans_ > 1) residents_ += *span.resident_cost;
  if (phase_spans_ > config_.reference_spans && residents_.served > 0.0) begin_relearning();
}

// Costs are counted against the references, so only the latency changes its unit.
void AdaptiveLearner::begin_relearning() {
  RewardConfig& reward = objective_.reward;
  const double former = reward.latency_reference_seconds;
  reward.energy_reference_joules = residents_.energy_joules.value() / residents_.served;
  reward.latency_reference_seconds = residents_.in_system_seconds / residents_.served;
  auto& constraint = objective_.constraint;
  if (constraint && constraint->kind == ConstraintKind::kLatency) {
    const double slower = reward.latency_reference_seconds / former;
    constraint_scale_.offset *= slower;
    constraint_scale_.scale *= slower;
    if (config_.limit_factor) {
      constraint->limit = *config_.limit_factor * reward.latency_reference_seconds;
    }
  }
  learner_->set_objective(objective_, constraint_scale_);
  believe(config_.relearning);
  enter(AdaptPhase::kRelearning);
}

void AdaptiveLearner::settle() {
  believe(config_.steady);
  enter(AdaptPhase::kSteady);
}

// What is predicted now is the belief from here on, and what errors are measured against.
void AdaptiveLearner::believe(const FadingConfig& fading) {
  replay_->believe(beliefs(), fading);
  cost_errors_.reset();
  constraint_errors_.reset();
}

void AdaptiveLearner::enter(AdaptPhase phase) {
  phase_ = phase;
  phase_spans_ = 0;
}

void AdaptiveLearner::support_neighbours(std::uint32_t action) {
  std::vector<std::size_t> tried(actions_.size(), 0);
  tried[action] = 1;
  const std::vector<std::size_t> near = neighbourhood_counts(actions_, tried, config_.radius);
  for (std::size_t a = 0; a < near.size(); ++a) {
    if (near[a] > 0 && inside_[a] != 0) support_[a] = 1;
  }
}

// One pseudo-transition per supported setting: a request that costs what the networks predict.
std::vector<Transition> AdaptiveLearner::beliefs() {
  std::vector<float> costs(actions_.size());
  std::vector<float> constraints(actions_.size(), 0.0F);
  cost_->predict(observation_, costs);
  if (constraint_ != nullptr) constraint_->predict(observation_, constraints);
  const RewardConfig& reward = objective_.reward;
  std::vector<Transition> beliefs;
  for (std::uint32_t a = 0; a < support_.size(); ++a) {
    if (support_[a] == 0) continue;
    Transition belief;
    belief.observation = observation_;
    belief.next_observation = observation_;
    belief.action = a;
    belief.seconds = start_.metadata.encoder.period_seconds;
    SpanCost& cost = belief.after_effect;
    cost.seconds = belief.seconds;
    cost.served = 1.0;
    if (objective_.constraint) {
      const double value =
          constraint_scale_.offset + constraint_scale_.scale * static_cast<double>(constraints[a]);
      const bool latency = objective_.constraint->kind == ConstraintKind::kLatency;
      (latency ? cost.in_system_seconds : cost.missed) = value;
    }
    const double predicted = cost_scale_.offset + cost_scale_.scale * static_cast<double>(costs[a]);
    const double without_energy = cost_of(objective_, cost);
    cost.energy_joules = (predicted - without_energy) * reward.energy_reference_joules / reward.eta;
    beliefs.push_back(std::move(belief));
  }
  return beliefs;
}

double AdaptiveLearner::epsilon() const {
  if (phase_ != AdaptPhase::kRelearning) return config_.epsilon;
  const double spans = config_.relearn_seconds / start_.metadata.encoder.period_seconds;
  const double left = 1.0 - std::min(1.0, static_cast<double>(phase_spans_) / spans);
  return config_.epsilon + left * std::max(0.0, config_.relearn_epsilon - config_.epsilon);
}

PolicyFile AdaptiveLearner::policy(const std::string& version) const {
  PolicyFile file = start_;
  file.metadata.reward = objective_.reward;
  file.metadata.constraint = objective_.constraint;
  file.metadata.constraint_output.offset = constraint_scale_.offset;
  file.metadata.constraint_output.scale = constraint_scale_.scale;
  file.metadata.support = support_;
  file.metadata.provenance.version = version;
  for (auto& [name, tensor] : averaged(learner_->cost()).tensors("cost"))
    file.tensors[name] = tensor;
  if (constraint_ == nullptr) return file;
  for (auto& [name, tensor] : averaged(*learner_->constraint()).tensors("constraint"))
    file.tensors[name] = tensor;
  return file;
}

ActingPolicy AdaptiveLearner::acting() const {
  ActingPolicy acting(policy(start_.metadata.provenance.version));
  acting.policy.set_limits(limits_);
  acting.epsilon = epsilon();
  if (objective_.constraint) {
    acting.constraint_bound = config_.explore_bound * constraint_threshold(objective_);
  }
  acting.residents_decide = phase_ == AdaptPhase::kMeasuring;
  acting.version = spans_;
  return acting;
}

void AdaptiveLearner::visit_state(StateVisitor& visitor) {
  auto phase = static_cast<std::uint8_t>(phase_);
  visit_value(visitor, "phase", phase);
  phase_ = static_cast<AdaptPhase>(phase);
  visit_value(visitor, "spans", spans_);
  visit_value(visitor, "changes", changes_);
  visit_value(visitor, "phase_spans", phase_spans_);
  flyball::visit_state(visitor, "residents", {&residents_, 1});
  visit_value(visitor, "energy_reference", objective_.reward.energy_reference_joules);
  visit_value(visitor, "latency_reference", objective_.reward.latency_reference_seconds);
  if (objective_.constraint) visit_value(visitor, "limit", objective_.constraint->limit);
  visit_value(visitor, "constraint_offset", constraint_scale_.offset);
  visit_value(visitor, "constraint_scale", constraint_scale_.scale);
  learner_->set_objective(objective_, constraint_scale_);
  visit_values(visitor, "support", std::span<std::uint8_t>(support_));
  std::uint64_t size = observation_.size();
  visit_value(visitor, "observation_size", size);
  observation_.resize(size);
  visit_values(visitor, "observation", std::span<float>(observation_));
  cost_errors_.visit_state(visitor, "cost_errors");
  constraint_errors_.visit_state(visitor, "constraint_errors");
  visit_random(visitor, "random", random_);
  replay_->visit_content(visitor, "replay");
  learner_->visit_state(visitor, "learner");
}

}  // namespace flyball
