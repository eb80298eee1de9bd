#include "controllers/late_watch.h"

#include <algorithm>
#include <cmath>

namespace flyball {

namespace {

constexpr double kLongest = 8.0;   // times hold_seconds
constexpr double kForgets = 15.0;  // times hold_seconds without another rest

}  // namespace

LateWatch::LateWatch(const LateWatchConfig& config) : config_(config) { reset(); }

void LateWatch::reset() {
  served_ = late_ = 0.0;
  rest_until_seconds_ = 0.0;
  next_rest_seconds_ = config_.hold_seconds;
}

void LateWatch::see(double now_seconds, double elapsed_seconds, std::uint64_t served,
                    std::uint64_t late, bool trains) {
  const double left = std::exp(-elapsed_seconds / config_.fade_seconds);
  served_ = left * served_ + static_cast<double>(served);
  late_ = left * late_ + static_cast<double>(late);
  if (now_seconds - rest_until_seconds_ > kForgets * config_.hold_seconds) {
    next_rest_seconds_ = config_.hold_seconds;
  }
  if (!trains || late_ <= (1.0 - config_.in_time_share) * served_ + 1.0) return;
  rest_until_seconds_ = now_seconds + next_rest_seconds_;
  next_rest_seconds_ = std::min(2.0 * next_rest_seconds_, kLongest * config_.hold_seconds);
  served_ = late_ = 0.0;
}

}  // namespace flyball
