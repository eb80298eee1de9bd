#include "replay/n_step.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace flyball {

namespace {

void visit_observation(StateVisitor& visitor, const std::string& name, std::vector<float>& values) {
  std::uint64_t size = values.size();
  visit_value(visitor, name + ".size", size);
  values.resize(size);
  visit_values(visitor, name, std::span<float>(values));
}

// What a learner reads of it; not who decided.
void visit_transition(StateVisitor& visitor, const std::string& name, Transition& transition) {
  visit_observation(visitor, name + ".observation", transition.observation);
  visit_observation(visitor, name + ".next_observation", transition.next_observation);
  visit_observation(visitor, name + ".effect_observation", transition.effect_observation);
  visit_value(visitor, name + ".action", transition.action);
  visit_state(visitor, name + ".before_effect", {&transition.before_effect, 1});
  visit_state(visitor, name + ".after_effect", {&transition.after_effect, 1});
  visit_value(visitor, name + ".effect_seconds", transition.effect_seconds);
  visit_value(visitor, name + ".seconds", transition.seconds);
  visit_value(visitor, name + ".weight", transition.weight);
  visit_value(visitor, name + ".terminated", transition.terminated);
  visit_value(visitor, name + ".truncated", transition.truncated);
}

}  // namespace

void validate(const NStepConfig& config) {
  if (config.steps == 0) throw std::invalid_argument("learner.n_step = 0: must be > 0");
  if (!(config.gamma >= 0.0 && config.gamma <= 1.0)) {
    throw std::invalid_argument(fmt::format("gamma = {}: must be in [0, 1]", config.gamma));
  }
  if (!(config.period_seconds > 0.0)) {
    throw std::invalid_argument(
        fmt::format("period_seconds = {}: must be > 0", config.period_seconds));
  }
}

NStep::NStep(const NStepConfig& config, Sink sink) : config_(config), sink_(std::move(sink)) {
  validate(config_);
}

void NStep::add(const Transition& transition) {
  open_.push_back(transition);
  if (transition.terminated || transition.truncated) {
    flush();
  } else if (open_.size() == config_.steps) {
    sink_(joined());
    open_.pop_front();
  }
}

void NStep::flush() {
  while (!open_.empty()) {
    sink_(joined());
    open_.pop_front();
  }
}

void NStep::visit_state(StateVisitor& visitor, const std::string& name) {
  std::uint64_t count = open_.size();
  visit_value(visitor, name + ".open", count);
  open_.resize(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    visit_transition(visitor, fmt::format("{}.{}", name, i), open_[i]);
  }
}

Transition NStep::joined() const {
  Transition first = open_.front();
  for (std::size_t i = 1; i < open_.size(); ++i) {
    const Transition& next = open_[i];
    const double elapsed = first.seconds - (config_.skip_thinking ? first.effect_seconds : 0.0);
    const double discount = std::pow(config_.gamma, elapsed / config_.period_seconds);
    if (!config_.skip_thinking) first.after_effect += next.before_effect * discount;
    first.after_effect += next.after_effect * discount;
    first.seconds += next.seconds;
    if (config_.skip_thinking) first.effect_seconds += next.effect_seconds;
  }
  const Transition& last = open_.back();
  first.next_observation = last.next_observation;
  first.terminated = last.terminated;
  first.truncated = last.truncated;
  return first;
}

}  // namespace flyball
