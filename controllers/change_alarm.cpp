#include "controllers/change_alarm.h"

#include <algorithm>
#include <cmath>

namespace flyball {

namespace {

constexpr double kEnough = 1000.0;
constexpr double kMostCapital = 1e12;  // it was raised long before
constexpr std::array<double, ChangeAlarm::kBets> kShares = {0.1, 0.3, 0.75};

}  // namespace

ChangeAlarm::ChangeAlarm(double reach, double bound)
    : reach_(reach), bound_((bound + reach) / (2.0 * reach)) {}

void ChangeAlarm::add(double value) {
  const double scaled = (std::clamp(value, -reach_, reach_) + reach_) / (2.0 * reach_);
  for (std::size_t i = 0; i < kBets; ++i) {
    const double factor = 1.0 + kShares[i] / bound_ * (scaled - bound_);
    capitals_[i] = std::min(std::max(capitals_[i], 1.0) * factor, kMostCapital);
  }
}

bool ChangeAlarm::is_raised() const {
  double sum = 0.0;
  for (const double capital : capitals_) sum += capital;
  return sum / static_cast<double>(kBets) >= kEnough;
}

void ChangeAlarm::set_capitals(std::span<const double, kBets> capitals) {
  for (std::size_t i = 0; i < kBets; ++i) {
    const bool is_well = std::isfinite(capitals[i]) && capitals[i] >= 1.0;
    capitals_[i] = is_well ? std::min(capitals[i], kMostCapital) : 1.0;
  }
}

}  // namespace flyball
