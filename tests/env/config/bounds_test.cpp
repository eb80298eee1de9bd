#include "env/config/bounds.h"

#include <doctest/doctest.h>

using namespace flyball;

TEST_CASE("a time is above 0 and at most three years") {
  CHECK_FALSE(seconds_range().holds(0.0));
  CHECK(seconds_range().holds(1e-12));
  CHECK(seconds_range().holds(kMostSeconds));
  CHECK_FALSE(seconds_range().holds(kMostSeconds + 1.0));
  CHECK(seconds_range().text() == "in (0, 1e+08]");
  CHECK(kMostSeconds > 3 * 365 * 86400.0);
}

TEST_CASE("what happens again and again does so a thousand times a second at most") {
  CHECK(period_range().holds(1e-3));
  CHECK_FALSE(period_range().holds(0.999e-3));
  CHECK(period_range().holds(kMostSeconds));
  CHECK_FALSE(period_range().holds(2 * kMostSeconds));
}

TEST_CASE("requests, batches and CPUs are at least one, and end where memory would") {
  for (const Range& range : {requests_range(), batch_range(), cpus_range()}) {
    CHECK(range.holds(1.0));
    CHECK_FALSE(range.holds(0.0));
    CHECK_FALSE(range.holds(-1.0));
    CHECK(range.holds(range.high));
    CHECK_FALSE(range.holds(range.high + 1.0));
  }
  CHECK(requests_range().high == 1e9);
  CHECK(batch_range().text() == "in [1, 65536]");
  CHECK(cpus_range().text() == "in [1, 1024]");
}
