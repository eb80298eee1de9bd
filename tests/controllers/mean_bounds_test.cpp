#include "controllers/mean_bounds.h"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

using namespace flyball;

TEST_CASE("nothing is known before the first value, and values beyond the reach are clipped") {
  MeanBounds bounds(0.5, 0.05);
  CHECK(bounds.lower() == -0.5);
  CHECK(bounds.upper() == 0.5);
  CHECK(bounds.mean() == 0.0);
  bounds.add(7.0);
  bounds.add(-0.1);
  CHECK(bounds.count() == 2);
  CHECK(bounds.mean() == doctest::Approx(0.2));
}

TEST_CASE("the bounds hold the true mean at every look, but for the error rate") {
  int missed = 0;
  constexpr int kRuns = 500;
  for (int run = 0; run < kRuns; ++run) {
    std::mt19937_64 random(static_cast<std::uint64_t>(run));
    // Skewed: mean 0.1 of a value that is mostly small.
    std::bernoulli_distribution rare(0.1);
    MeanBounds bounds(1.0, 0.1);
    bool was_out = false;
    for (int i = 0; i < 300; ++i) {
      bounds.add(rare(random) ? 1.0 : 0.0);
      was_out |= bounds.lower() > 0.1 || bounds.upper() < 0.1;
    }
    missed += was_out ? 1 : 0;
  }
  CHECK(missed <= kRuns / 10);
}

TEST_CASE("the bounds close in on the mean, the sooner the less the values vary") {
  const auto width = [](double spread, int count) {
    std::mt19937_64 random(3);
    std::normal_distribution<double> noise(0.05, spread);
    MeanBounds bounds(0.3, 0.05);
    for (int i = 0; i < count; ++i) bounds.add(noise(random));
    CHECK(bounds.lower() <= 0.05);
    CHECK(bounds.upper() >= 0.05);
    return bounds.upper() - bounds.lower();
  };
  CHECK(width(0.02, 100) < 0.06);
  CHECK(width(0.02, 400) < width(0.02, 100));
  CHECK(width(0.02, 100) < width(0.1, 100));
}
