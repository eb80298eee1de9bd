#include "controllers/wait_bound.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

using namespace flyball;
using doctest::Approx;

TEST_CASE("the bound follows the exponential tail of the queue") {
  // P(wait > t) = 0.5 exp(-2 0.5 t / 0.1) is 0.05 at t = 0.1 ln 10.
  CHECK(wait_bound_seconds(5.0, 0.1, 0.05) == Approx(0.1 * std::log(10.0)));
  CHECK(wait_bound_seconds(0.2, 0.1, 0.05) == 0.0);  // fewer than that wait at all
  CHECK(std::isinf(wait_bound_seconds(10.0, 0.1, 0.05)));
  CHECK(std::isinf(wait_bound_seconds(20.0, 0.1, 0.05)));
}

TEST_CASE("requests that come at random wait longer than the bound about as often as it says") {
  std::mt19937_64 random(7);
  for (const double load : {0.3, 0.5, 0.8}) {
    CAPTURE(load);
    std::exponential_distribution<double> gap(load);
    const double bound = wait_bound_seconds(load, 1.0, 0.03);
    double wait = 0.0;
    int longer = 0;
    constexpr int kRequests = 200'000;
    for (int i = 0; i < kRequests; ++i) {
      wait = std::max(0.0, wait + 1.0 - gap(random));
      if (wait > bound) ++longer;
    }
    CHECK(static_cast<double>(longer) / kRequests > 0.015);
    CHECK(static_cast<double>(longer) / kRequests < 0.04);
  }
}
