#include "env/sim/progress_clock.h"

#include <doctest/doctest.h>

using namespace flyball;

TEST_CASE("work ends after its time, and what is done stays done when the speed changes") {
  ProgressClock clock;
  clock.start(10.0, 4.0);
  CHECK(clock.end_seconds() == doctest::Approx(14.0));
  clock.change_speed(11.0, 8.0);  // a quarter is done; the rest at half the speed
  CHECK(clock.end_seconds() == doctest::Approx(17.0));
  clock.change_speed(14.0, 2.0);  // 0.375 more is done; 0.375 is left
  CHECK(clock.end_seconds() == doctest::Approx(14.75));
}

TEST_CASE("a change after the end finds nothing left") {
  ProgressClock clock;
  clock.start(0.0, 1.0);
  clock.change_speed(5.0, 100.0);
  CHECK(clock.end_seconds() == doctest::Approx(5.0));
}
