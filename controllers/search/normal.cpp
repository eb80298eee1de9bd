#include "controllers/search/normal.h"

#include <cmath>
#include <numbers>

#include "env/draw.h"

namespace flyball {

namespace {

constexpr double kTail = 10.0;  // from here on a series is exact enough

double log_density(double x) { return -0.5 * (x * x + std::log(2.0 * std::numbers::pi)); }

// P(X > x) / density(x) for 0 <= x < kTail.
double mills_ratio(double x) {
  return 0.5 * std::erfc(x / std::numbers::sqrt2) / std::exp(log_density(x));
}

}  // namespace

double draw_normal(std::mt19937_64& random) {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - draw_unit(random)));
  return radius * std::cos(2.0 * std::numbers::pi * draw_unit(random));
}

double log_normal_cdf(double x) {
  if (x > -kTail) return std::log(0.5 * std::erfc(-x / std::numbers::sqrt2));
  const double square = 1.0 / (x * x);
  return log_density(x) - std::log(-x) + std::log1p(-square + 3.0 * square * square);
}

double log_expected_improvement(double z) {
  if (z > -1.0) {
    const double above = 0.5 * std::erfc(-z / std::numbers::sqrt2);
    return std::log(std::exp(log_density(z)) + z * above);
  }
  if (z > -kTail) return log_density(z) + std::log1p(z * mills_ratio(-z));
  const double square = 1.0 / (z * z);
  return log_density(z) + std::log(square) + std::log1p(square * (-3.0 + 15.0 * square));
}

}  // namespace flyball
