#include "env/environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "env/span_cost.h"

namespace flyball {

namespace {

void read_or_throw(Plant& plant, Telemetry& telemetry) {
  if (const std::error_code error = plant.read(telemetry)) {
    throw std::system_error(error, "reading the plant's telemetry");
  }
}

}  // namespace

PlantEnvironment::PlantEnvironment(PlantEnvironmentConfig config, PlantFactory factory,
                                   EnergyMeter meter, EffectTime effect_time)
    : config_(std::move(config)),
      factory_(std::move(factory)),
      meter_(std::move(meter)),
      effect_time_(std::move(effect_time)) {
  validate(config_.reward);
  for (const double seconds : config_.think_seconds.seconds) {
    if (seconds >= 0.0 && seconds <= config_.encoder.period_seconds) continue;
    throw std::invalid_argument(fmt::format("think_seconds = {}: must be in [0, {}], the period",
                                            seconds, config_.encoder.period_seconds));
  }
  if (!(config_.horizon_seconds > 0.0)) {
    throw std::invalid_argument("horizon_seconds: must be > 0");
  }
  begin(0);
  describe_spaces();
}

PlantEnvironment::~PlantEnvironment() = default;

void PlantEnvironment::begin(std::uint64_t seed) {
  encoder_.reset();
  lease_.release();
  plant_ = factory_(seed);
  const PlantDescription& description = plant_->description();
  std::vector<std::size_t> knobs;
  for (const std::string& name : config_.knobs) knobs.push_back(find_knob(description.knobs, name));
  lease_ = plant_->lease(knobs);
  encoder_ = std::make_unique<ObservationEncoder>(config_.encoder, scope_over(description, knobs));
  start_seconds_ = plant_->timeline().now_seconds();
  in_effect_seconds_ = start_seconds_;
  think_draws_.emplace(config_.think_seconds, seed);
  think_seconds_ = 0.0;
}

void PlantEnvironment::describe_spaces() {
  const PlantDescription& description = plant_->description();
  for (const std::size_t k : lease_.knobs()) {
    const std::size_t count = description.knobs[k].levels.size();
    action_space_.counts.push_back(count);
    for (std::size_t level = 0; level < count; ++level) {
      const LevelRange& limit = description.limits[k];
      mask_.push_back(level >= limit.floor && level <= limit.ceiling ? 1 : 0);
    }
  }
  observation_space_.low.assign(encoder_->size(), -10.0F);
  observation_space_.high.assign(encoder_->size(), 10.0F);
}

void PlantEnvironment::reset(std::uint64_t seed, std::span<float> observation) {
  begin(seed);
  ended_ = false;
  read_or_throw(*plant_, telemetry_);
  last_ = telemetry_;
  previous_action_.clear();
  for (const std::size_t k : lease_.knobs()) {
    const auto level = effective_level(plant_->description().knobs[k], telemetry_);
    previous_action_.push_back(level.value_or(plant_->description().limits[k].ceiling));
  }
  encoder_->encode(telemetry_, previous_action_, think_seconds_, observation);
}

// Lets the plant run, reads it, and says what that cost.
SpanCost PlantEnvironment::advance_to(double time_seconds) {
  const double energy_before = meter_ ? meter_(*plant_) : 0.0;
  last_ = telemetry_;
  plant_->timeline().sleep_until(time_seconds);
  read_or_throw(*plant_, telemetry_);
  SpanCost cost = cost_between(last_, telemetry_);
  if (meter_) cost.energy_joules = meter_(*plant_) - energy_before;
  if (!cost.energy_joules) {
    throw std::runtime_error("the plant does not show the module's power: no reward without it");
  }
  return cost;
}

// When the slowest clock has followed that the action, just applied, moves or that is still on its
// way.
double PlantEnvironment::effect_time_of(std::span<const Level> action) {
  const double now = plant_->timeline().now_seconds();
  if (effect_time_) return std::max(now, effect_time_(*plant_));
  const PlantDescription& description = plant_->description();
  double latest = now;
  for (std::size_t k = 0; k < action.size(); ++k) {
    if (action[k] == previous_action_[k]) {
      latest = std::max(latest, in_effect_seconds_);
      continue;
    }
    for (const std::size_t d : description.knobs[lease_.knobs()[k]].domains) {
      latest = std::max(latest, now + description.domains[d].actuation_seconds);
    }
  }
  return latest;
}

StepResult PlantEnvironment::step(std::span<const Level> action, std::span<float> observation) {
  if (ended_) throw std::logic_error("step: the episode has ended; call reset");
  std::size_t offset = 0;
  for (std::size_t k = 0; k < action_space_.counts.size(); ++k) {
    if (action[k] >= action_space_.counts[k] || mask_[offset + action[k]] == 0) {
      throw std::invalid_argument(
          fmt::format("step: level {} of {} is not allowed", action[k], config_.knobs[k]));
    }
    offset += action_space_.counts[k];
  }
  Timeline& timeline = plant_->timeline();
  const double start = timeline.now_seconds();
  const double end = start + config_.encoder.period_seconds;
  StepResult result;
  think_seconds_ = think_draws_->next();
  if (think_seconds_ > 0.0) result.before_effect = advance_to(start + think_seconds_);
  if (const std::error_code error = lease_.apply(Setting::pinned(action))) {
    throw std::system_error(error, "applying the action");
  }
  in_effect_seconds_ = effect_time_of(action);
  const double effect = std::min(in_effect_seconds_, end);
  result.effect_seconds = effect - start;
  if (effect > timeline.now_seconds()) result.before_effect += advance_to(effect);
  result.cost = result.before_effect;
  if (end > timeline.now_seconds()) result.cost += advance_to(end);
  result.terminated = telemetry_.application && telemetry_.application->finished;
  result.truncated = !result.terminated && timeline.now_seconds() - start_seconds_ >=
                                               config_.horizon_seconds * (1.0 - 1e-12);
  result.reward = reward(config_.reward, result.cost);
  ended_ = result.terminated || result.truncated;
  previous_action_.assign(action.begin(), action.end());
  encoder_->encode(telemetry_, previous_action_, think_seconds_, observation);
  return result;
}

}  // namespace flyball
