// How often something happens, with a past that fades. A value.
#pragma once

#include <cmath>

namespace flyball {

class FadedCount {
 public:
  explicit FadedCount(double fade_seconds) : fade_seconds_(fade_seconds) {}

  // So many in the time since the last call.
  void add(double number, double elapsed_seconds) {
    const double left = std::exp(-elapsed_seconds / fade_seconds_);
    count_ = count_ * left + number;
    seconds_ = seconds_ * left + elapsed_seconds;
  }
  void reset() { count_ = seconds_ = 0.0; }
  // Over which it is known.
  double seconds() const { return seconds_; }
  double per_second() const { return seconds_ > 0.0 ? count_ / seconds_ : 0.0; }
  // Higher by what chance alone may have left out of the count (a standard error).
  double high_per_second() const {
    return seconds_ > 0.0 ? (count_ + std::sqrt(count_)) / seconds_ : 0.0;
  }

 private:
  double fade_seconds_;
  double count_ = 0.0;
  double seconds_ = 0.0;
};

}  // namespace flyball
