#include "env/statistics.h"

#include <doctest/doctest.h>

#include <vector>

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

TEST_CASE("the nearest rank is a value that occurred") {
  const std::vector<double> four = {1.0, 2.0, 4.0, 8.0};
  CHECK(nearest_rank(four, 0.5) == 2.0);
  CHECK(nearest_rank(four, 0.51) == 4.0);
  CHECK(nearest_rank(four, 0.0) == 1.0);
  CHECK(nearest_rank(four, 1.0) == 8.0);
  CHECK(nearest_rank({}, 0.5) == 0.0);
}

TEST_CASE("an interpolated quantile lies between the values beside its rank") {
  CHECK(interpolated_quantile({8.0, 1.0, 4.0, 2.0}, 0.5) == 3.0);
  CHECK(interpolated_quantile({3.0, 1.0, 2.0}, 0.5) == 2.0);
  CHECK(interpolated_quantile({1.0, 2.0}, 0.25) == 1.25);
  CHECK(interpolated_quantile({7.0}, 0.9) == 7.0);
  CHECK(interpolated_quantile({1.0, 2.0, 3.0}, 1.0) == 3.0);
}

TEST_CASE("the upper median is a value that occurred") {
  CHECK(upper_median({8.0, 1.0, 4.0, 2.0}) == 4.0);
  CHECK(upper_median({3.0, 1.0, 2.0}) == 2.0);
}

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

TEST_CASE("a bootstrap interval of two values is what can be worked out by hand") {
  // The mean of two draws is 0, 1/2 or 1, with probabilities 1/4, 1/2 and 1/4.
  const std::vector<double> values{0.0, 1.0};
  const Interval wide = bootstrap_interval(values, mean, 1, 0.95);
  CHECK(wide.low == 0.0);
  CHECK(wide.high == 1.0);
  const Interval narrow = bootstrap_interval(values, mean, 1, 0.4);
  CHECK(narrow.low == 0.5);
  CHECK(narrow.high == 0.5);
  CHECK(bootstrap_interval(std::vector<double>{3.0}, mean, 1).low == 3.0);
}

TEST_CASE("pairs are drawn together") {
  // Every pair saves half: so does every draw of pairs, and no draw of single values would.
  const std::vector<double> stock{10.0, 100.0, 1000.0};
  const std::vector<double> ours{5.0, 50.0, 500.0};
  const auto saving = [](std::span<const double> first, std::span<const double> second) {
    return 1.0 - mean(second) / mean(first);
  };
  const Interval interval = paired_bootstrap_interval(stock, ours, saving, 7);
  CHECK(interval.low == Approx(0.5));
  CHECK(interval.high == Approx(0.5));
}

TEST_CASE("strata are drawn from for themselves") {
  // Whatever is drawn, half of it is 1 and half is 3.
  const std::vector<std::vector<double>> strata{{1.0, 1.0}, {3.0, 3.0}};
  const Interval interval = stratified_bootstrap_interval(strata, mean, 5);
  CHECK(interval.low == 2.0);
  CHECK(interval.high == 2.0);
  const Interval mixed = stratified_bootstrap_interval({{0.0, 1.0}, {2.0}}, mean, 5);
  CHECK(mixed.low == Approx(2.0 / 3.0));
  CHECK(mixed.high == Approx(4.0 / 3.0));
}

TEST_CASE("a performance profile counts who reaches the bound, the bound itself included") {
  const std::vector<double> savings{0.1, -0.2, 0.3, 0.1};
  CHECK(share_at_least(savings, -1.0) == 1.0);
  CHECK(share_at_least(savings, 0.1) == 0.75);
  CHECK(share_at_least(savings, 0.11) == 0.25);
  CHECK(share_at_least(savings, 0.31) == 0.0);
}
