#include "controllers/duration_histogram.h"

#include <doctest/doctest.h>

using namespace flyball;

TEST_CASE("a percentile is at most a bin above the true one, and never above the maximum") {
  DurationHistogram histogram;
  for (int i = 1; i <= 1000; ++i) histogram.add(i * 1e-6);
  for (const double share : {0.01, 0.5, 0.9, 0.99}) {
    CAPTURE(share);
    CHECK(histogram.quantile(share) >= share * 1e-3);
    CHECK(histogram.quantile(share) <= share * 1e-3 * 1.045);
  }
  const DurationSummary summary = histogram.summary();
  CHECK(histogram.quantile(1.0) == summary.max_seconds);
  CHECK(summary.count == 1000);
  CHECK(summary.mean_seconds == doctest::Approx(500.5e-6));
  CHECK(summary.max_seconds == doctest::Approx(1e-3));
}

TEST_CASE("durations beyond the bins are counted, and nothing at all is zero") {
  DurationHistogram histogram;
  CHECK(histogram.quantile(0.5) == 0.0);
  CHECK(histogram.summary().count == 0);
  histogram.add(-1.0);
  histogram.add(1e6);
  CHECK(histogram.count() == 2);
  CHECK(histogram.summary().max_seconds == 1e6);
  histogram.clear();
  CHECK(histogram.count() == 0);
}
