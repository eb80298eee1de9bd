#include "agent/change_detector.h"

#include <doctest/doctest.h>

#include <random>
#include <stdexcept>

using namespace flyball;

namespace {

double noise(std::mt19937_64& random) { return std::normal_distribution<double>(0.0, 0.2)(random); }

// Observations until the alarm, at most 100.
int alarm_after(ChangeDetector& detector, std::mt19937_64& random, double shift) {
  for (int i = 1; i <= 100; ++i) {
    if (detector.observe(shift + noise(random))) return i;
  }
  return 101;
}

}  // namespace

TEST_CASE("a shift either way raises an alarm within a few observations, the larger the sooner") {
  for (const double sign : {1.0, -1.0}) {
    std::mt19937_64 random(3);
    ChangeDetector detector(ChangeConfig{});
    for (int i = 0; i < 200; ++i) REQUIRE_FALSE(detector.observe(noise(random)));
    ChangeDetector slower = detector;
    CHECK(alarm_after(detector, random, sign * 5.0) == 3);
    const int later = alarm_after(slower, random, sign * 0.9);
    CHECK(later > 3);
    CHECK(later < 20);
  }
}

TEST_CASE("single outliers and steady noise raise none") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::mt19937_64 random(seed);
    ChangeDetector detector(ChangeConfig{});
    int alarms = 0;
    for (int i = 0; i < 500; ++i) {
      alarms += detector.observe(i % 20 == 10 ? 50.0 : noise(random)) ? 1 : 0;
    }
    CHECK(alarms == 0);
  }
}

TEST_CASE("after a reset it warms up again") {
  ChangeDetector detector(ChangeConfig{});
  for (int i = 0; i < 20; ++i) detector.observe(0.0);
  detector.reset();
  for (std::uint64_t i = 0; i < ChangeConfig{}.warmup; ++i) CHECK_FALSE(detector.observe(100.0));
  CHECK(detector.sum() == 0.0);
}

TEST_CASE("a detector's error names the key") {
  ChangeConfig bad;
  bad.slack = 0.0;
  CHECK_THROWS_WITH_AS(ChangeDetector{bad}, "change.slack = 0: must be > 0", std::invalid_argument);
  bad.slack = 8.0;
  CHECK_THROWS_WITH_AS(ChangeDetector{bad}, "change.clip = 8: must be above change.slack",
                       std::invalid_argument);
}
