#include "env/wakeable_timeline.h"

#include <doctest/doctest.h>
#include <unistd.h>

using namespace flyball;

TEST_CASE("a wakeable timeline sleeps until the time, or until its descriptor is readable") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  WakeableTimeline timeline(ends[0]);
  const double start = timeline.now_seconds();
  timeline.sleep_until(start + 0.02);
  CHECK(timeline.now_seconds() - start >= 0.0199);
  REQUIRE(write(ends[1], "x", 1) == 1);
  timeline.sleep_until(timeline.now_seconds() + 30.0);
  CHECK(timeline.now_seconds() - start < 10.0);
  close(ends[0]);
  close(ends[1]);
}
