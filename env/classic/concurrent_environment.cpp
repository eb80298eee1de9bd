#include "env/classic/concurrent_environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace flyball {

namespace {

constexpr float kBound = 20.0F;

}  // namespace

void validate(const ConcurrentConfig& config) {
  if (!(config.period_seconds > 0.0)) {
    throw std::invalid_argument(
        fmt::format("period_seconds = {}: must be > 0", config.period_seconds));
  }
  for (std::size_t i = 0; i < config.think_seconds.size(); ++i) {
    const double seconds = config.think_seconds[i];
    if (!(seconds >= 0.0 && seconds <= config.period_seconds)) {
      throw std::invalid_argument(
          fmt::format("think_seconds[{}] = {}: must be in [0, {}], the "
                      "period",
                      i, seconds, config.period_seconds));
    }
  }
}

ConcurrentEnvironment::ConcurrentEnvironment(std::unique_ptr<ClassicProcess> process,
                                             const ConcurrentConfig& config)
    : process_(std::move(process)), config_(config), reward_(process_->reward_config()) {
  validate(config_);
  const std::size_t inputs = process_->state_size() + (config_.with_previous_action ? 1 : 0) +
                             (config_.with_t_as ? 1 : 0) + (config_.with_vector_to_go ? 1 : 0);
  observation_space_.low.assign(inputs, -kBound);
  observation_space_.high.assign(inputs, kBound);
  action_space_.counts = {process_->level_count()};
  mask_.assign(process_->level_count(), 1);
}

void ConcurrentEnvironment::reset(std::uint64_t seed, std::span<float> observation) {
  std::mt19937_64 random(seed);
  process_->reset(random);
  think_seconds_ = 0.0;
  if (!config_.think_seconds.empty()) {
    think_seconds_ = config_.think_seconds[random() % config_.think_seconds.size()];
  }
  elapsed_seconds_ = 0.0;
  running_ = process_->level_count() / 2;
  ended_ = false;
  observe(observation);
}

StepResult ConcurrentEnvironment::step(std::span<const Level> action,
                                       std::span<float> observation) {
  if (ended_) throw std::logic_error("step: the episode has ended; call reset");
  if (action[0] >= process_->level_count()) {
    throw std::invalid_argument(
        fmt::format("step: level {}, there are {}", action[0], process_->level_count()));
  }
  // The last step ends with the horizon.
  const double left_seconds = process_->horizon_seconds() - elapsed_seconds_;
  const double step_seconds = std::min(config_.period_seconds, left_seconds);
  StepResult result;
  result.effect_seconds = std::min(think_seconds_, step_seconds);
  bool goes_on = process_->advance(running_, result.effect_seconds, result.before_effect);
  result.cost = result.before_effect;
  if (goes_on) {
    running_ = action[0];
    goes_on = process_->advance(running_, step_seconds - result.effect_seconds, result.cost);
  }
  elapsed_seconds_ += result.cost.seconds;
  result.terminated = !goes_on;
  result.truncated = goes_on && elapsed_seconds_ >= process_->horizon_seconds() * (1.0 - 1e-9);
  result.reward = reward(reward_, result.cost);
  ended_ = result.terminated || result.truncated;
  observe(observation);
  return result;
}

void ConcurrentEnvironment::observe(std::span<float> observation) const {
  process_->observe(observation);
  float* out = observation.data() + process_->state_size();
  const float force = process_->share(running_);
  const auto thinking = static_cast<float>(think_seconds_ / config_.period_seconds);
  if (config_.with_previous_action) *out++ = force;
  if (config_.with_t_as) *out++ = thinking;
  if (config_.with_vector_to_go) *out++ = force * thinking;
}

}  // namespace flyball
