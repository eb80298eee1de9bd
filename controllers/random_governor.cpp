#include "controllers/random_governor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <stdexcept>
#include <utility>

#include "controllers/action_setting.h"
#include "env/action_space.h"
#include "env/draw.h"

namespace flyball {

void validate(const RandomGovernorConfig& config) {
  if (!(config.period_seconds > 0.0)) {
    throw std::invalid_argument(
        fmt::format("period_seconds = {}: must be > 0", config.period_seconds));
  }
  if (!(config.share >= 0.0 && config.share <= 1.0)) {
    throw std::invalid_argument(fmt::format("share = {}: must be in [0, 1]", config.share));
  }
  if (!(config.latency_factor >= 1.0)) {
    throw std::invalid_argument(
        fmt::format("latency_factor = {}: must be at least 1", config.latency_factor));
  }
  if (config.hold_periods < 1) throw std::invalid_argument("hold_periods: must be at least 1");
}

RandomGovernor::RandomGovernor(RandomGovernorConfig config) : config_(std::move(config)) {
  validate(config_);
}

void RandomGovernor::reset(const GovernorScope& scope) {
  const ActionSpace actions = action_space_of(scope.knobs);
  if (!config_.allowed.empty() && config_.allowed.size() != actions.size()) {
    throw std::invalid_argument(fmt::format("allowed: {} entries for {} joint actions",
                                            config_.allowed.size(), actions.size()));
  }
  const std::vector<std::uint8_t> inside = actions.mask(scope.limits);
  const ActionSetting setting(scope.knobs, scope.limits, config_.caps);
  std::vector<Level> levels(actions.knob_count());
  choices_.clear();
  for (std::size_t action = 0; action < actions.size(); ++action) {
    const bool listed = config_.allowed.empty() || config_.allowed[action] != 0;
    if (!listed || inside[action] == 0) continue;
    actions.levels_of(action, levels);
    choices_.push_back(setting.of(levels));
  }
  if (choices_.empty()) throw std::invalid_argument("allowed: no setting inside the limits");
  slowdown_.emplace(scope);
  full_range_ = full_range(scope.limits);
  left_ = 0;
  random_.seed(config_.seed);
  decision_ = {};
  held_ = 0;
}

Decision RandomGovernor::decide(const GovernorInput& input) {
  const double now = input.telemetry.time_seconds;
  if (now < config_.from_seconds || now >= config_.until_seconds) {
    if (slowdown_) slowdown_->add(input.telemetry);
    held_ = 0;
    return {full_range_, DecidedBy::kResident, 1.0};
  }
  if (slowdown_) leave_out_slow();
  if (held_ == 0) {
    begin_block();
  } else {
    decision_.probability = 1.0;
  }
  --held_;
  return decision_;
}

// The fastest setting stays in any case.
void RandomGovernor::leave_out_slow() {
  std::array<Level, kMaxKnobs> levels{};
  const auto highest_of = [&](const Setting& setting) {
    for (std::size_t k = 0; k < setting.size(); ++k) levels[k] = setting[k].ceiling;
    return std::span<const Level>(levels).first(setting.size());
  };
  const std::optional<double> deadline = slowdown_->deadline_seconds();
  const bool by_deadline = config_.within_deadline && deadline &&
                           slowdown_->latency_seconds(highest_of(choices_.front()));
  std::vector<double> of_choices;
  for (const Setting& choice : choices_) {
    const std::span<const Level> highest = highest_of(choice);
    of_choices.push_back(by_deadline ? *slowdown_->latency_seconds(highest)
                                     : slowdown_->slowdown(highest));
  }
  const double fastest = *std::min_element(of_choices.begin(), of_choices.end());
  const double most = std::max(by_deadline ? *deadline : config_.latency_factor, fastest);
  std::size_t place = 0;
  std::erase_if(choices_, [&](const Setting&) { return of_choices[place++] > most; });
  slowdown_.reset();
}

// A step of the Fisher-Yates shuffle: what was drawn moves behind what is left.
const Setting& RandomGovernor::draw() {
  std::swap(choices_[draw_index(random_, left_)], choices_[left_ - 1]);
  return choices_[--left_];
}

void RandomGovernor::begin_block() {
  held_ = config_.hold_periods;
  if (draw_unit(random_) < config_.share) {
    if (left_ == 0) left_ = choices_.size();
    const double probability = config_.share / static_cast<double>(left_);
    decision_ = {draw(), DecidedBy::kRandom, probability};
  } else {
    decision_ = {full_range_, DecidedBy::kResident, 1.0 - config_.share};
  }
}

}  // namespace flyball
