#include "agent/statistics.h"

#include <doctest/doctest.h>

#include "env/draw.h"

using namespace flyball;
using doctest::Approx;

namespace {

double mean(std::span<const double> values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

}  // namespace

TEST_CASE("the interquartile mean leaves out the extremes") {
  CHECK(interquartile_mean(std::vector<double>{5.0}) == 5.0);
  CHECK(interquartile_mean(std::vector<double>{1000.0, 1.0, 2.0, -500.0}) == 1.5);
  CHECK(interquartile_mean(std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9, 100}) == Approx(5.5));
}

TEST_CASE("a bootstrap interval covers the true mean about as often as it says") {
  std::mt19937_64 random(1);
  int covered = 0;
  for (std::uint64_t trial = 0; trial < 300; ++trial) {
    std::vector<double> values(40);
    for (double& value : values) value = draw_unit(random);
    const Interval interval = bootstrap_interval(values, mean, trial, 0.9, 300);
    covered += interval.low <= 0.5 && 0.5 <= interval.high ? 1 : 0;
  }
  CHECK(covered > 300 * 0.83);
  CHECK(covered < 300 * 0.96);
}

TEST_CASE("a bootstrap interval is the same bits for the same seed") {
  const std::vector<double> values{1.0, 4.0, 2.0, 8.0};
  const Interval a = bootstrap_interval(values, mean, 3);
  const Interval b = bootstrap_interval(values, mean, 3);
  CHECK(a.low == b.low);
  CHECK(a.high == b.high);
  CHECK(a.low < a.high);
}
