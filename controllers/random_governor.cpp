#include "controllers/random_governor.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace flyball {

namespace {

// A number in [0, 1) of the generator's upper 53 bits: the same on every standard library.
double uniform(std::mt19937_64& random) { return static_cast<double>(random() >> 11) * 0x1p-53; }

bool inside(const Setting& setting, const std::vector<LevelRange>& limits) {
  for (std::size_t k = 0; k < limits.size(); ++k) {
    if (setting[k].floor < limits[k].floor || setting[k].ceiling > limits[k].ceiling) return false;
  }
  return true;
}

// Every pinned setting of the knobs, the last knob fastest, as a joint action index counts them.
std::vector<Setting> all_settings(const std::vector<Knob>& knobs) {
  std::vector<Setting> settings;
  std::vector<Level> levels(knobs.size(), 0);
  while (true) {
    settings.push_back(Setting::pinned(levels));
    std::size_t k = knobs.size();
    while (k > 0 && ++levels[k - 1] == knobs[k - 1].levels.size()) levels[--k] = 0;
    if (k == 0) return settings;
  }
}

}  // namespace

void validate(const RandomGovernorConfig& config) {
  if (!(config.period_seconds > 0.0)) {
    throw std::invalid_argument(
        fmt::format("period_seconds = {}: must be > 0", config.period_seconds));
  }
  if (!(config.share >= 0.0 && config.share <= 1.0)) {
    throw std::invalid_argument(fmt::format("share = {}: must be in [0, 1]", config.share));
  }
  if (config.hold_periods < 1) throw std::invalid_argument("hold_periods: must be at least 1");
}

RandomGovernor::RandomGovernor(RandomGovernorConfig config) : config_(std::move(config)) {
  validate(config_);
}

void RandomGovernor::reset(const GovernorScope& scope) {
  const std::vector<Setting> settings = all_settings(scope.knobs);
  if (!config_.allowed.empty() && config_.allowed.size() != settings.size()) {
    throw std::invalid_argument(fmt::format("allowed: {} entries for {} joint actions",
                                            config_.allowed.size(), settings.size()));
  }
  choices_.clear();
  for (std::size_t i = 0; i < settings.size(); ++i) {
    const bool listed = config_.allowed.empty() || config_.allowed[i] != 0;
    if (listed && inside(settings[i], scope.limits)) choices_.push_back(settings[i]);
  }
  if (choices_.empty()) throw std::invalid_argument("allowed: no setting inside the limits");
  full_range_.resize(scope.knobs.size());
  for (std::size_t k = 0; k < scope.limits.size(); ++k) full_range_[k] = scope.limits[k];
  left_ = 0;
  random_.seed(config_.seed);
  info_ = {};
  held_ = 0;
}

Setting RandomGovernor::decide(const Telemetry&) {
  if (held_ == 0) {
    begin_block();
  } else {
    info_.probability = 1.0;
  }
  --held_;
  return setting_;
}

// A step of the Fisher-Yates shuffle: what was drawn moves behind what is left.
const Setting& RandomGovernor::draw() {
  const auto pick = static_cast<std::size_t>(uniform(random_) * static_cast<double>(left_));
  std::swap(choices_[std::min(pick, left_ - 1)], choices_[left_ - 1]);
  return choices_[--left_];
}

void RandomGovernor::begin_block() {
  held_ = config_.hold_periods;
  if (uniform(random_) < config_.share) {
    if (left_ == 0) left_ = choices_.size();
    info_ = {DecidedBy::kRandom, config_.share / static_cast<double>(left_)};
    setting_ = draw();
  } else {
    setting_ = full_range_;
    info_ = {DecidedBy::kResident, 1.0 - config_.share};
  }
}

}  // namespace flyball
