#include "controllers/late_watch.h"

#include <doctest/doctest.h>

#include <initializer_list>

using namespace flyball;

namespace {

// One of ten requests may be late.
constexpr LateWatchConfig kConfig{.in_time_share = 0.9, .fade_seconds = 100.0, .hold_seconds = 2.0};

}  // namespace

TEST_CASE("more late requests than may be begin a rest, one more for chance is let pass") {
  LateWatch watch(kConfig);
  watch.see(1.0, 1.0, 20, 2, true);
  CHECK_FALSE(watch.rests(1.0));
  watch.see(1.0, 0.0, 0, 2, true);
  CHECK(watch.rests(1.0));
  CHECK(watch.rests(2.99));
  CHECK_FALSE(watch.rests(3.0));
}

TEST_CASE("what is late without training is not its fault") {
  LateWatch watch(kConfig);
  watch.see(1.0, 1.0, 20, 20, false);
  CHECK_FALSE(watch.rests(1.0));
}

TEST_CASE("rests double up to a bound, and are short again after a while without one") {
  LateWatch watch(kConfig);
  double now = 0.0;
  for (const double rest : {2.0, 4.0, 8.0, 16.0, 16.0}) {
    CAPTURE(rest);
    watch.see(now, 1.0, 5, 5, true);
    CHECK(watch.rests(now + rest - 0.01));
    CHECK_FALSE(watch.rests(now + rest));
    now += rest;
  }
  now += 31.0;
  watch.see(now, 1.0, 5, 0, true);
  watch.see(now, 0.0, 5, 5, true);
  CHECK(watch.rests(now + 1.99));
  CHECK_FALSE(watch.rests(now + 2.0));
}

TEST_CASE("old requests fade") {
  LateWatch watch(kConfig);
  watch.see(1.0, 1.0, 0, 1, true);
  watch.see(1001.0, 1000.0, 1, 1, true);
  CHECK_FALSE(watch.rests(1001.0));
}
