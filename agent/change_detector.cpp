#include "agent/change_detector.h"

#include <algorithm>
#include <cmath>

#include "env/config/check_fields.h"
#include "env/config/require.h"

namespace flyball {

namespace {

constexpr double kMemory = 20.0;         // observations that sigma averages over
constexpr double kTeachingSigmas = 3.0;  // what is larger teaches no more than this, or nothing

}  // namespace

void validate(const ChangeConfig& config) {
  check_fields(config, "change");
  require(config.clip > config.slack, "change.clip", config.clip, "above change.slack");
}

ChangeDetector::ChangeDetector(const ChangeConfig& config) : config_(config) {
  validate(config_);
  reset();
}

void ChangeDetector::reset() {
  observed_ = 0;
  sigma_ = config_.minimum_sigma;
  high_ = 0.0;
  low_ = 0.0;
}

bool ChangeDetector::observe(double error) {
  const double sigmas = std::clamp(error / sigma_, -config_.clip, config_.clip);
  learn_sigma(error);
  if (++observed_ <= config_.warmup) return false;
  high_ = std::max(0.0, high_ + sigmas - config_.slack);
  low_ = std::max(0.0, low_ - sigmas - config_.slack);
  return sum() > config_.threshold;
}

// Larger errors count while it warms up, and later not at all: they may be the change.
void ChangeDetector::learn_sigma(double error) {
  const double largest = kTeachingSigmas * sigma_;
  if (observed_ >= config_.warmup && std::abs(error) > largest) return;
  const double memory = std::min(static_cast<double>(observed_ + 1), kMemory);
  const double size = std::min(std::abs(error), largest);
  const double square = sigma_ * sigma_ + (size * size - sigma_ * sigma_) / memory;
  sigma_ = std::max(config_.minimum_sigma, std::sqrt(square));
}

void ChangeDetector::visit_state(StateVisitor& visitor, const std::string& name) {
  visit_value(visitor, name + ".observed", observed_);
  visit_value(visitor, name + ".sigma", sigma_);
  visit_value(visitor, name + ".high", high_);
  visit_value(visitor, name + ".low", low_);
}

}  // namespace flyball
