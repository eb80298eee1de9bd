#include "controllers/mean_bounds.h"

#include <algorithm>
#include <cmath>

namespace flyball {

namespace {

constexpr double kMostShare = 0.75;  // of the capital, that a bet may lose

}  // namespace

MeanBounds::MeanBounds(double reach, double error_rate)
    : reach_(reach),
      log_enough_(std::log(2.0 / error_rate)),
      error_rate_(error_rate),
      lower_(-reach),
      upper_(reach) {}

double MeanBounds::candidate(std::size_t index) const {
  return static_cast<double>(index) / static_cast<double>(kCandidates - 1);
}

// By what was seen before the value that it is made on.
double MeanBounds::bet() const {
  const auto next = static_cast<double>(count_ + 1);
  const double variance = (0.25 + squared_sum_) / next;
  return std::sqrt(2.0 * std::log(2.0 / error_rate_) / (variance * next * std::log1p(next)));
}

void MeanBounds::add(double value) {
  value = std::clamp(value, -reach_, reach_);
  const double scaled = (value + reach_) / (2.0 * reach_);
  const double wanted = bet();
  for (std::size_t i = 0; i < kCandidates; ++i) {
    const double mean = candidate(i);
    const double up = mean > 0.0 ? std::min(wanted, kMostShare / mean) : wanted;
    const double down = mean < 1.0 ? std::min(wanted, kMostShare / (1.0 - mean)) : wanted;
    above_[i] += std::log1p(up * (scaled - mean));
    below_[i] += std::log1p(-down * (scaled - mean));
  }
  ++count_;
  sum_ += value;
  scaled_sum_ += scaled;
  const double center = (0.5 + scaled_sum_) / (static_cast<double>(count_) + 1.0);
  squared_sum_ += (scaled - center) * (scaled - center);
  look();
}

// The outermost candidates that are not out; between two of them nothing is known, so the one that
// is out is the bound.
void MeanBounds::look() {
  std::size_t low = 0;
  while (low < kCandidates && above_[low] >= log_enough_) ++low;
  std::size_t high = kCandidates;
  while (high > 0 && below_[high - 1] >= log_enough_) --high;
  lower_ = low == 0 ? -reach_ : reach_ * (2.0 * candidate(low - 1) - 1.0);
  upper_ = high == kCandidates ? reach_ : reach_ * (2.0 * candidate(high) - 1.0);
}

}  // namespace flyball
