#include "agent/least_squares_trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "policies/action_rule.h"
#include "policies/dense_network.h"

namespace flyball {

namespace {

Tensor tensor_of(const std::vector<double>& values, std::vector<std::size_t> shape) {
  Tensor tensor{std::move(shape), {}};
  tensor.values.reserve(values.size());
  for (const double value : values) tensor.values.push_back(static_cast<float>(value));
  return tensor;
}

// phi with one column more, whose weight is `deviations` whatever is observed.
void append_spread(const SmoothFit& fit, double deviations, Tensor& phi, Tensor& weight,
                   Tensor& bias) {
  Tensor wider{{phi.shape[0], phi.shape[1] + 1}, {}};
  for (std::size_t action = 0; action < phi.shape[0]; ++action) {
    const auto row = phi.values.begin() + static_cast<std::ptrdiff_t>(action * phi.shape[1]);
    wider.values.insert(wider.values.end(), row, row + static_cast<std::ptrdiff_t>(phi.shape[1]));
    wider.values.push_back(static_cast<float>(fit.deviations[action]));
  }
  phi = std::move(wider);
  ++weight.shape[0];
  weight.values.resize(weight.shape[0] * weight.shape[1], 0.0F);
  ++bias.shape[0];
  bias.values.push_back(static_cast<float>(deviations));
}

void write_network(const SmoothFit& fit, double deviations, std::size_t inputs,
                   const std::string& name, PolicyFile& file) {
  Tensor phi = fit.phi;
  Tensor weight = tensor_of(fit.weights, {fit.bias.size(), inputs});
  weight.values.resize(fit.bias.size() * inputs, 0.0F);  // where nothing was observed
  Tensor bias = tensor_of(fit.bias, {fit.bias.size()});
  if (deviations > 0.0) append_spread(fit, deviations, phi, weight, bias);
  file.tensors[name + ".0.weight"] = std::move(weight);
  file.tensors[name + ".0.bias"] = std::move(bias);
  file.tensors[name + ".phi"] = std::move(phi);
}

}  // namespace

void validate_least_squares(const TrainerConfig& config) {
  const auto require = [](bool holds, const char* message) {
    if (!holds) {
      throw std::invalid_argument(fmt::format(
          "{}: least squares (learner.kind) cannot do otherwise; learner.kind = \"dqn\" can",
          message));
    }
  };
  const ObjectiveConfig& objective = config.objective;
  require(config.learner.gamma == 0.0, "learner.gamma: must be 0");
  require(!config.learner.iterate_rho, "learner.iterate_rho: must be false");
  require(config.head == Head::kSmooth, "network.head: must be \"smooth\"");
  require(config.constraint_head.value_or(Head::kSmooth) == Head::kSmooth,
          "network.constraint_head: must be \"smooth\"");
  require(config.members == 1, "network.members: must be 1");
  require(!objective.eta_range, "objective.eta_range: must be absent");
  require(!objective.limit_range, "objective.limit_range: must be absent");
  if (!objective.constraint) return;
  require(!objective.constraint->multiplier, "objective.constraint_rule: must be \"mask\"");
  require(!objective.constraint->tolerance, "objective.tolerance: must be absent");
}

LeastSquaresTrainer::LeastSquaresTrainer(const TrainerConfig& config, TrainingSet set)
    : config_(config) {
  validate(config_);
  set_ = prepared(config_, std::move(set));
  support_ = supported_actions(set_, config_.support);
  behaviour_ = behaviour_of(set_);
  double requests = 0.0;
  for (const Transition& t : set_.transitions) requests += t.cost().served;
  requests_per_span_ = requests / static_cast<double>(set_.transitions.size());
}

std::size_t LeastSquaresTrainer::supported() const {
  return static_cast<std::size_t>(std::count(support_.begin(), support_.end(), std::uint8_t{1}));
}

SmoothFit LeastSquaresTrainer::fit_of(const std::vector<double>& targets,
                                      bool may_take_logarithm) const {
  std::vector<float> observations;
  std::vector<std::uint32_t> actions;
  std::vector<double> weights;
  for (const Transition& t : set_.transitions) {
    // Whole batches cost what their setting costs, whatever is seen.
    if (!config_.objective.per_request) {
      observations.insert(observations.end(), t.observation.begin(), t.observation.end());
    }
    actions.push_back(t.action);
    weights.push_back(t.weight);
  }
  return fit_smooth({observations, actions, targets, weights}, set_.knobs, support_,
                    {config_.degree, may_take_logarithm});
}

void LeastSquaresTrainer::fit() {
  const ObjectiveConfig& objective = config_.objective;
  std::vector<double> costs;
  std::vector<double> constraints;
  for (const Transition& t : set_.transitions) {
    costs.push_back(cost_of(objective, t.cost()));
    if (objective.constraint) constraints.push_back(constraint_of(objective, t.cost()));
  }
  cost_ = fit_of(costs, true);
  // The excess over a limit is compared with 0: no logarithm of it.
  if (objective.constraint) constraint_ = fit_of(constraints, objective.per_request);
}

void LeastSquaresTrainer::run(std::uint64_t /*report_steps*/,
                              const std::function<bool(const TrainingProgress&)>& keep_going) {
  if (steps_ >= all_steps(config_)) return;
  fit();
  steps_ = all_steps(config_);
  TrainingProgress progress;
  progress.step = steps_;
  progress.losses.cost = cost_->held_out * cost_->held_out;
  if (constraint_) progress.losses.constraint = constraint_->held_out * constraint_->held_out;
  keep_going(progress);
}

void LeastSquaresTrainer::visit_state(StateVisitor& visitor) {
  visit_value(visitor, "steps", steps_);
  if (steps_ > 0 && !cost_) fit();
}

OutputMap LeastSquaresTrainer::output_of(const SmoothFit& fit, double base) const {
  const double share = config_.objective.per_request ? 1.0 : 1.0 / requests_per_span_;
  if (fit.logarithmic) return {std::log(share), 1.0, true};
  return {base, share, false};
}

void LeastSquaresTrainer::write_networks(PolicyFile& file) const {
  const std::size_t inputs = set_.observation_size();
  const ObjectiveConfig& objective = config_.objective;
  write_network(*cost_, 0.0, inputs, "cost", file);
  file.metadata.cost_output = output_of(*cost_, 0.0);
  if (!constraint_) return;
  write_network(*constraint_, config_.limit_deviations, inputs, "constraint", file);
  const ConstraintLimit& limit = *objective.constraint;
  file.metadata.constraint_output =
      output_of(*constraint_, objective.per_request ? 0.0 : limit.limit * limit.margin);
}

PolicyFile LeastSquaresTrainer::policy(const EncoderConfig& encoder,
                                       const std::string& version) const {
  PolicyFile file = policy_without_networks(config_, set_, encoder, version);
  file.metadata.support = support_;
  write_networks(file);
  return file;
}

// What the policy's own networks and rule make of every observation.
TrainingEstimate LeastSquaresTrainer::estimate(const TrainingSet& set) {
  PolicyFile file;
  write_networks(file);
  const auto& [cost_output, constraint_output] =
      std::pair{file.metadata.cost_output, file.metadata.constraint_output};
  DenseNetwork cost("cost", file.tensors);
  std::optional<DenseNetwork> constraint;
  if (constraint_) constraint.emplace("constraint", file.tensors);
  const ActionRule rule = raw_rule(config_.objective.constraint, cost_output, constraint_output);
  std::vector<std::uint32_t> allowed;
  for (std::size_t action = 0; action < support_.size(); ++action) {
    if (support_[action] != 0) allowed.push_back(static_cast<std::uint32_t>(action));
  }
  const ActionMask mask(support_.size(), allowed);
  ActionChooser chooser(support_.size());
  const double share = 1.0 / static_cast<double>(set.transitions.size());
  TrainingEstimate estimate = behaviour_estimate(config_.objective, set_, behaviour_);
  if (constraint) estimate.policy_constraint = 0.0;
  for (const Transition& t : set.transitions) {
    const auto costs = cost.evaluate(t.observation);
    std::span<const float> constraints;
    if (constraint) constraints = constraint->evaluate(t.observation);
    const std::size_t action = chooser.choose({costs.data(), constraints.data()}, mask, rule).index;
    estimate.policy_cost += share * cost_output.value(static_cast<double>(costs[action]));
    if (!constraint) continue;
    *estimate.policy_constraint +=
        share * constraint_output.value(static_cast<double>(constraints[action]));
  }
  return estimate;
}

}  // namespace flyball
