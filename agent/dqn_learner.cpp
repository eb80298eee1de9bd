#include "agent/dqn_learner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "env/config/check_fields.h"

namespace flyball {

// The algorithm (agent/README.md, "One step"). The rest of the file is its parts, in this order
// after what sets them up.
StepLosses DqnLearner::step(ReplayBuffer& replay, std::mt19937_64& random) {
  replay.sample(config_.minibatch, random, batch_);
  if (parts_.relabel) parts_.relabel->draw(batch_, random);
  priorities_.assign(batch_.rows(), 0.0F);
  if (looks_ahead() || config_.iterate_rho) evaluate_next(batch_);
  StepLosses losses;
  losses.cost = fit(batch_, Part::kCost);
  summarise(losses);
  if (parts_.constraint) losses.constraint = fit(batch_, Part::kConstraint);
  if (objective_.constraint && objective_.constraint->multiplier) update_multiplier(batch_);
  replay.update_priorities(batch_.ids, priorities_);
  ++steps_;
  if (steps_ % config_.target_period == 0) {
    cost_target_->follow(*parts_.cost, config_.target_tau);
    if (constraint_target_) constraint_target_->follow(*parts_.constraint, config_.target_tau);
  }
  if (config_.iterate_rho && steps_ % config_.rho_period == 0) update_rho(batch_);
  return losses;
}

void validate(const LearnerConfig& config) {
  check_fields(config, "learner");
  if (config.n_step > 1 && config.backup == Backup::kDvfo) {
    throw std::invalid_argument(fmt::format(
        "learner.n_step = {}: must be 1 with the dvfo backup, whose next decision begins at the "
        "effect and is in no record",
        config.n_step));
  }
}

DqnLearner::DqnLearner(const LearnerConfig& config, const ObjectiveConfig& objective,
                       LearnerParts parts)
    : config_(config),
      objective_(objective),
      parts_(std::move(parts)),
      allowed_(parts_.cost->action_count(), parts_.allowed),
      chooser_(parts_.cost->action_count()) {
  validate(config_);
  validate(objective_);
  if (parts_.allowed.empty()) throw std::invalid_argument("no action is supported and allowed");
  if (objective_.constraint.has_value() != (parts_.constraint != nullptr)) {
    throw std::invalid_argument("a constraint needs a value function and the other way round");
  }
  if (config_.n_step > 1 && objective_.per_request) {
    throw std::invalid_argument(fmt::format(
        "learner.n_step = {}: must be 1 where costs are counted per request", config_.n_step));
  }
  if (config_.iterate_rho && objective_.per_request) {
    throw std::invalid_argument("learner.iterate_rho: costs per request have no rho");
  }
  if (config_.iterate_rho && objective_.eta_range) {
    throw std::invalid_argument("learner.iterate_rho: each eta of objective.eta_range has its own");
  }
  cost_target_ = parts_.cost->clone();
  if (parts_.constraint) constraint_target_ = parts_.constraint->clone();
}

NStepConfig DqnLearner::n_step() const {
  return {config_.n_step, config_.gamma, parts_.period_seconds,
          config_.backup == Backup::kBlocking};
}

const ValueScale& DqnLearner::scale(Part part) const {
  return part == Part::kCost ? parts_.cost_scale : parts_.constraint_scale;
}

float DqnLearner::raw_threshold() const {
  if (!objective_.constraint) return 0.0F;
  const ValueScale& s = parts_.constraint_scale;
  return static_cast<float>((constraint_threshold(objective_) - s.offset) / s.scale);
}

// The policy's rule for the scaled values that are learned.
ActionRule DqnLearner::action_rule(double raw_multiplier) const {
  std::optional<ConstraintLimit> limit = objective_.constraint;
  if (limit) {
    limit->limit = constraint_threshold(objective_);
    limit->margin = 1.0;
  }
  const auto map = [](const ValueScale& scale) { return OutputMap{scale.offset, scale.scale}; };
  ActionRule rule = raw_rule(limit, map(parts_.cost_scale), map(parts_.constraint_scale));
  if (rule.multiplier) rule.multiplier = static_cast<float>(raw_multiplier);
  return rule;
}

std::optional<double> DqnLearner::multiplier() const {
  if (!objective_.constraint || !objective_.constraint->multiplier) return std::nullopt;
  return mean_multiplier_ * parts_.cost_scale.scale / parts_.constraint_scale.scale;
}

// Leaves the choice in chosen_. Without a constraint the function may find the cheapest action as
// it likes; with one, or where modes leave different actions, all values are looked at, a few rows
// at a time so that they stay near.
void DqnLearner::choose(std::span<const float> observations, QFunction& cost, QFunction* constraint,
                        const ActionRule& rule) {
  const bool modes = parts_.modes && parts_.modes->tells_mode();
  if (constraint == nullptr && !modes) {
    return cost.cheapest(observations, parts_.allowed, chosen_);
  }
  constexpr std::size_t kRows = 128;
  const std::size_t size = observations.size() / chosen_.size();
  for (std::size_t first = 0; first < chosen_.size(); first += kRows) {
    const std::size_t rows = std::min(kRows, chosen_.size() - first);
    choose_rows(observations.subspan(first * size, rows * size), cost, constraint, rule,
                std::span(chosen_).subspan(first, rows));
  }
}

void DqnLearner::choose_rows(std::span<const float> observations, QFunction& cost,
                             QFunction* constraint, const ActionRule& rule,
                             std::span<std::uint32_t> chosen) {
  const std::size_t actions = cost.action_count();
  const std::size_t size = observations.size() / chosen.size();
  const auto predict = [&](QFunction& function, std::vector<float>& values) {
    values.resize(chosen.size() * actions + kPanel);
    function.predict(observations, std::span(values).first(chosen.size() * actions));
  };
  predict(cost, cost_values_);
  if (constraint != nullptr) predict(*constraint, constraint_values_);
  for (std::size_t row = 0; row < chosen.size(); ++row) {
    ActionValues values{cost_values_.data() + row * actions, nullptr};
    if (constraint != nullptr) values.constraints = constraint_values_.data() + row * actions;
    const ActionMask& mask =
        parts_.modes ? parts_.modes->mask(observations.data() + row * size) : allowed_;
    chosen[row] = static_cast<std::uint32_t>(chooser_.choose(values, mask, rule).index);
  }
}

// The unscaled values of the chosen actions.
void DqnLearner::evaluate_chosen(std::span<const float> observations, QFunction& function,
                                 const ValueScale& scale, std::vector<double>& values) {
  chosen_values_.resize(chosen_.size());
  function.evaluate(observations, chosen_, chosen_values_);
  values.resize(chosen_.size());
  for (std::size_t row = 0; row < values.size(); ++row) {
    values[row] = scale.offset + scale.scale * static_cast<double>(chosen_values_[row]);
  }
}

void DqnLearner::act(std::span<const float> observations, std::span<std::uint32_t> actions) {
  if (actions.empty()) return;
  QFunction& cost = *cost_target_;
  QFunction* constraint = constraint_target_.get();
  chosen_.resize(actions.size());
  choose(observations, cost, constraint, action_rule(mean_multiplier_));
  std::copy(chosen_.begin(), chosen_.end(), actions.begin());
  evaluate_chosen(observations, cost, parts_.cost_scale, chosen_costs_);
  chosen_constraints_.clear();
  if (constraint == nullptr) return;
  evaluate_chosen(observations, *constraint, parts_.constraint_scale, chosen_constraints_);
}

namespace {

// Sums of what cannot be negative are not: energy, time and misses without a reward per request,
// and per request whatever is limited. Beyond the log a network says anything, and a target that
// believes it teaches the next one.
bool cost_is_positive(const ObjectiveConfig& objective, const LearnerConfig& config) {
  return objective.reward.rho <= 0.0 && !config.iterate_rho;
}

void clip_at_zero(std::vector<double>& values) {
  for (double& value : values) value = std::max(0.0, value);
}

}  // namespace

// V of the next observations, unscaled, for both heads: chosen by the online networks (double DQN),
// evaluated by the targets, and never below what it can be.
void DqnLearner::evaluate_next(const TransitionBatch& batch) {
  const bool at_effect = config_.backup == Backup::kDvfo;
  if (at_effect && batch.effect_observations.empty()) {
    throw std::invalid_argument(
        "learner.backup = dvfo needs the state at the moment the setting took effect, and the log "
        "has no such snapshot; use full_period, or record snapshots");
  }
  const std::vector<float>& next = at_effect ? batch.effect_observations : batch.next_observations;
  chosen_.resize(batch.rows());
  if (config_.double_dqn) {
    choose(next, *parts_.cost, parts_.constraint.get(), action_rule(raw_multiplier_));
  } else {
    choose(next, *cost_target_, constraint_target_.get(), action_rule(raw_multiplier_));
  }
  evaluate_chosen(next, *cost_target_, parts_.cost_scale, next_costs_);
  if (cost_is_positive(objective_, config_)) clip_at_zero(next_costs_);
  if (!constraint_target_) return;
  evaluate_chosen(next, *constraint_target_, parts_.constraint_scale, next_constraints_);
  if (objective_.per_request) clip_at_zero(next_constraints_);
}

void DqnLearner::make_targets(const TransitionBatch& batch, Part part) {
  const auto amount = [&](const ObjectiveConfig& objective, const SpanCost& span) {
    if (objective.per_request && span.served <= 0.0) return 0.0;  // an empty part of a span
    return part == Part::kCost ? cost_of(objective, span) : constraint_of(objective, span);
  };
  const std::vector<double>& next = part == Part::kCost ? next_costs_ : next_constraints_;
  const ValueScale& s = scale(part);
  targets_.resize(batch.rows());
  for (std::size_t row = 0; row < batch.rows(); ++row) {
    const ObjectiveConfig objective = parts_.relabel ? parts_.relabel->objective(row) : objective_;
    BackupSpan span;
    span.before = amount(objective, batch.before_effect[row]);
    span.after = amount(objective, batch.after_effect[row]);
    span.effect_periods = batch.effect_seconds[row] / parts_.period_seconds;
    span.periods = batch.seconds[row] / parts_.period_seconds;
    const BackupTarget target =
        backup_target(config_.backup, span, config_.gamma, batch.terminated[row] != 0);
    double value = target.constant;
    if (target.discount > 0.0) value += target.discount * next[row];
    targets_[row] = static_cast<float>((value - s.offset) / s.scale);
  }
}

double DqnLearner::fit(const TransitionBatch& batch, Part part) {
  make_targets(batch, part);
  QFunction& function = part == Part::kCost ? *parts_.cost : *parts_.constraint;
  errors_.resize(batch.rows());
  const double loss =
      function.fit({batch.observations, batch.actions, targets_, batch.weights}, errors_);
  for (std::size_t row = 0; row < batch.rows(); ++row) {
    priorities_[row] = std::max(priorities_[row], std::abs(errors_[row]));
  }
  return loss;
}

// V(rho) of the cost E - rho n falls by the discounted number of requests per unit of rho; the rho
// at which it is 0 is the policy's own cost per request.
void DqnLearner::update_rho(const TransitionBatch& batch) {
  double value = 0.0;
  double requests = 0.0;
  double discount = 0.0;
  for (std::size_t row = 0; row < batch.rows(); ++row) {
    value += next_costs_[row];
    requests += batch.before_effect[row].served + batch.after_effect[row].served;
    discount += std::pow(config_.gamma, batch.seconds[row] / parts_.period_seconds);
  }
  if (requests <= 0.0) return;
  const auto rows = static_cast<double>(batch.rows());
  objective_.reward.rho += 0.5 * value * (1.0 - discount / rows) / requests;
}

// Dual ascent: the multiplier rises while the policy's mean constraint is above what is allowed.
void DqnLearner::update_multiplier(const TransitionBatch& batch) {
  chosen_.resize(batch.rows());
  choose(batch.observations, *parts_.cost, parts_.constraint.get(), action_rule(raw_multiplier_));
  chosen_values_.resize(batch.rows());
  parts_.constraint->evaluate(batch.observations, chosen_, chosen_values_);
  double excess = 0.0;
  double weights = 0.0;
  for (std::size_t row = 0; row < batch.rows(); ++row) {
    excess += batch.weights[row] * (chosen_values_[row] - raw_threshold());
    weights += batch.weights[row];
  }
  raw_multiplier_ = std::max(0.0, raw_multiplier_ + config_.multiplier_rate * excess / weights);
  mean_multiplier_ += (raw_multiplier_ - mean_multiplier_) * 2.0 / static_cast<double>(steps_ + 2);
}

void DqnLearner::visit_state(StateVisitor& visitor, const std::string& name) {
  visit_value(visitor, name + ".steps", steps_);
  visit_value(visitor, name + ".rho", objective_.reward.rho);
  parts_.cost->visit_state(visitor, name + ".cost");
  cost_target_->visit_state(visitor, name + ".cost_target");
  if (!parts_.constraint) return;
  visit_value(visitor, name + ".raw_multiplier", raw_multiplier_);
  visit_value(visitor, name + ".mean_multiplier", mean_multiplier_);
  parts_.constraint->visit_state(visitor, name + ".constraint");
  constraint_target_->visit_state(visitor, name + ".constraint_target");
}

StepLosses& StepLosses::operator+=(const StepLosses& other) {
  cost += other.cost;
  constraint += other.constraint;
  td_error += other.td_error;
  value += other.value;
  return *this;
}

StepLosses StepLosses::operator/(double count) const {
  return {cost / count, constraint / count, td_error / count, value / count};
}

// After the fit of the cost, whose errors and targets these are.
void DqnLearner::summarise(StepLosses& losses) const {
  for (std::size_t row = 0; row < errors_.size(); ++row) {
    losses.td_error += std::abs(static_cast<double>(errors_[row]));
    losses.value += static_cast<double>(targets_[row] - errors_[row]);
  }
  const auto rows = static_cast<double>(errors_.size());
  losses.td_error /= rows;
  losses.value = parts_.cost_scale.offset + parts_.cost_scale.scale * losses.value / rows;
}

}  // namespace flyball
