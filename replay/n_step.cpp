#include "replay/n_step.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace flyball {

namespace {

SpanCost scaled(SpanCost cost, double factor) {
  cost *= factor;
  return cost;
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

Transition NStep::joined() const {
  Transition first = open_.front();
  for (std::size_t i = 1; i < open_.size(); ++i) {
    const Transition& next = open_[i];
    const double elapsed = first.seconds - (config_.skip_thinking ? first.effect_seconds : 0.0);
    const double discount = std::pow(config_.gamma, elapsed / config_.period_seconds);
    if (!config_.skip_thinking) first.after_effect += scaled(next.before_effect, discount);
    first.after_effect += scaled(next.after_effect, discount);
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
