// Whether a mean that was below a bound has risen above it, however long that went well before. Not
// thread-safe; add allocates nothing.
//
// The e-CUSUM of Shin, Ramdas and Rinaldo, "E-detectors: a nonparametric framework for sequential
// change detection" (New England J. Stat. Data Science 2, 2024): gamblers bet that the mean is
// above the bound, each with a share of its own, and one who is left with less than 1 begins anew.
// As long as the mean, given the former values, is never above the bound, 1000 values and more pass
// on average before it is raised. The values need be nothing but bounded.
#pragma once

#include <array>
#include <span>

namespace flyball {

class ChangeAlarm {
 public:
  static constexpr std::size_t kBets = 3;

  // Values are clipped to [-reach, reach]. Requires: -reach < bound < reach.
  ChangeAlarm(double reach, double bound);

  void add(double value);
  bool is_raised() const;
  void reset() { capitals_.fill(1.0); }

  // For who keeps it over a restart; values below 1 or that are no number are taken for 1.
  std::span<const double, kBets> capitals() const { return capitals_; }
  void set_capitals(std::span<const double, kBets> capitals);

 private:
  double reach_;
  double bound_;  // 0..1, of the scaled values
  std::array<double, kBets> capitals_{1.0, 1.0, 1.0};
};

}  // namespace flyball
