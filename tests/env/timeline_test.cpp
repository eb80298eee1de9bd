#include "env/timeline.h"

#include <doctest/doctest.h>

#include <vector>

using namespace flyball;

TEST_CASE("virtual time goes on by what the simulation is asked to bring it to, never back") {
  std::vector<double> asked;
  VirtualTimeline* clock = nullptr;
  VirtualTimeline timeline([&](double time_seconds) {
    asked.push_back(time_seconds);
    clock->set_now(time_seconds);
  });
  clock = &timeline;
  timeline.sleep_until(2.0);
  timeline.sleep_until(1.0);
  CHECK(timeline.now_seconds() == 2.0);
  CHECK(asked == std::vector<double>{2.0});
}

TEST_CASE(
    "a steady timeline sleeps at least until the time asked for, and not for what has passed") {
  SteadyTimeline timeline;
  const double start = timeline.now_seconds();
  timeline.sleep_until(start + 0.02);
  const double end = timeline.now_seconds();
  CHECK(end >= start + 0.02);
  timeline.sleep_until(start);
  CHECK(timeline.now_seconds() >= end);
}
