// What a number of a configuration may be. Values; infinities and NaN are never allowed.
#pragma once

#include <cmath>
#include <limits>
#include <string>

namespace flyball {

struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool without_low = false;  // the end itself is not allowed
  bool without_high = false;

  constexpr bool unlimited() const { return !has_low() && !has_high(); }
  bool holds(double value) const {
    return std::isfinite(value) && (without_low ? value > low : value >= low) &&
           (without_high ? value < high : value <= high);
  }
  std::string text() const;  // "in (0, 1]", ">= 0", "> 0"; "finite" where there are no ends

  constexpr bool has_low() const { return low != -std::numeric_limits<double>::infinity(); }
  constexpr bool has_high() const { return high != std::numeric_limits<double>::infinity(); }
};

constexpr Range any_number() { return {}; }
constexpr Range above(double low) {
  return {low, std::numeric_limits<double>::infinity(), true, false};
}
constexpr Range at_least(double low) {
  return {low, std::numeric_limits<double>::infinity(), false, false};
}
constexpr Range within(double low, double high) { return {low, high, false, false}; }
constexpr Range above_up_to(double low, double high) { return {low, high, true, false}; }
constexpr Range from_below(double low, double high) { return {low, high, false, true}; }

// Two ends, both included.
struct Interval {
  double low = 0.0;
  double high = 0.0;
};

}  // namespace flyball
