#include "controllers/search/normal.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace flyball;

TEST_CASE("the distribution function holds far into the tail") {
  CHECK(log_normal_cdf(0.0) == doctest::Approx(std::log(0.5)));
  CHECK(std::exp(log_normal_cdf(1.959964)) == doctest::Approx(0.975));
  CHECK(log_normal_cdf(-20.0) == doctest::Approx(-203.917155));
}

TEST_CASE("expected improvement is what the integral says, and its logarithm never breaks off") {
  CHECK(std::exp(log_expected_improvement(0.0)) == doctest::Approx(0.39894228));
  CHECK(std::exp(log_expected_improvement(1.0)) == doctest::Approx(1.08331547));
  CHECK(std::exp(log_expected_improvement(-2.0)) == doctest::Approx(0.00849070));
  for (const double seam : {-1.0, -10.0}) {
    const double below = log_expected_improvement(seam - 1e-9);
    const double above = log_expected_improvement(seam + 1e-9);
    CHECK(below == doctest::Approx(above).epsilon(1e-4));
  }
  double last = 0.0;
  for (double z = 2.0; z > -1000.0; z -= 0.5) {
    const double here = log_expected_improvement(z);
    CHECK(std::isfinite(here));
    if (z < 2.0) CHECK(here < last);
    last = here;
  }
}

TEST_CASE("draws have mean 0 and variance 1") {
  std::mt19937_64 random(1);
  double sum = 0.0;
  double squares = 0.0;
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) {
    const double x = draw_normal(random);
    sum += x;
    squares += x * x;
  }
  CHECK(std::abs(sum / kDraws) < 0.03);
  CHECK(squares / kDraws == doctest::Approx(1.0).epsilon(0.03));
}
