// A limit on how much of the time something may be done: a token bucket. Not thread-safe.
//
// Over any stretch of T seconds at most burst_seconds + share * T are granted.
#pragma once

#include <algorithm>

namespace flyball {

struct TimeBudgetConfig {
  double share = 0.1;           // in the long run
  double burst_seconds = 60.0;  // at once, after a quiet time
};

class TimeBudget {
 public:
  explicit TimeBudget(const TimeBudgetConfig& config)
      : config_(config), left_seconds_(config.burst_seconds) {}

  // Time has passed.
  void pass(double seconds) {
    left_seconds_ = std::min(left_seconds_ + config_.share * seconds, config_.burst_seconds);
  }
  bool allows(double seconds) const { return left_seconds_ >= seconds; }
  void spend(double seconds) { left_seconds_ -= seconds; }

  double left_seconds() const { return left_seconds_; }
  void set_left_seconds(double seconds) { left_seconds_ = seconds; }

 private:
  TimeBudgetConfig config_;
  double left_seconds_;
};

}  // namespace flyball
