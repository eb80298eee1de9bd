#include "controllers/time_budget.h"

#include <doctest/doctest.h>

using namespace flyball;

TEST_CASE("at most the burst and the share of the time are granted over any stretch") {
  TimeBudget budget({.share = 0.1, .burst_seconds = 5.0});
  double granted = 0.0;
  for (int second = 0; second < 1000; ++second) {
    budget.pass(1.0);
    if (!budget.allows(0.5)) continue;
    budget.spend(0.5);
    granted += 0.5;
  }
  CHECK(granted <= 5.0 + 0.1 * 1000.0);
  CHECK(granted > 100.0);
}

TEST_CASE("a quiet time saves up no more than the burst") {
  TimeBudget budget({.share = 0.1, .burst_seconds = 5.0});
  budget.pass(1e6);
  CHECK(budget.left_seconds() == 5.0);
  CHECK_FALSE(budget.allows(5.1));
}
