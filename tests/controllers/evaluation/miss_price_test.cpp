#include "controllers/evaluation/miss_price.h"

#include <doctest/doctest.h>

using namespace flyball;

TEST_CASE("late requests cost their share of the price, within the limit and beyond it") {
  RunFigures figures;
  figures.energy_joules = 50.0;
  figures.served = 100;
  figures.missed = 4;
  RunLimits limits;
  limits.in_time_share = 0.99;
  figures.feasible = false;
  CHECK(priced_joules(figures, limits, 200.0) == doctest::Approx(58.0));
  figures.feasible = true;
  CHECK(priced_joules(figures, limits, 200.0) == doctest::Approx(58.0));
}

TEST_CASE("without a limit on misses, or with work undone, only what is feasible counts") {
  RunFigures figures;
  figures.energy_joules = 50.0;
  figures.served = 100;
  CHECK(priced_joules(figures, {}, 200.0) == 50.0);
  figures.feasible = false;
  CHECK(priced_joules(figures, {}, 200.0) > 1e300);
  RunLimits limits;
  limits.in_time_share = 0.99;
  figures.unserved = 1;
  CHECK(priced_joules(figures, limits, 200.0) > 1e300);
  figures.unserved = 0;
  figures.finished = false;
  CHECK(priced_joules(figures, limits, 200.0) > 1e300);
}
