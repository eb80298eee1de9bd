#include "controllers/evaluation/run_timeline.h"

#include <doctest/doctest.h>

#include "controllers/evaluation/simulated_run.h"
#include "tests/support/small_board.h"

using namespace flyball;
using doctest::Approx;

TEST_CASE("a timeline adds up to the run's figures") {
  SimConfig config = roofline_config(std::vector<Arrival>{{0.0, 3, 1.0}, {2.0, 2, 1.0}});
  TimelineRecorder recorder;
  config.watcher = &recorder;
  const RunFigures figures = run_residents(config, 100.0);
  const RunTimeline& timeline = recorder.timeline();
  REQUIRE(timeline.domains.size() == 3);
  CHECK(timeline.end_seconds == figures.seconds);
  CHECK(timeline.energy_joules() == Approx(figures.energy_joules).epsilon(1e-9));
  CHECK(timeline.moments.back().in_system == 0);
  for (std::size_t i = 1; i < timeline.moments.size(); ++i) {
    CHECK(timeline.moments[i].seconds > timeline.moments[i - 1].seconds);
  }
}

TEST_CASE("a thinned timeline has the same mean power and the longest queue") {
  RunTimeline timeline;
  timeline.end_seconds = 4.0;
  const std::vector<double> hertz = {1e9};
  timeline.moments = {{0.0, 2.0, 30.0, 0, WorkKind::kServing, 0, 0, hertz, {}},
                      {1.0, 6.0, 30.0, 5, WorkKind::kServing, 0, 0, hertz, {}},
                      {1.5, 4.0, 50.0, 1, WorkKind::kServing, 0, 0, {2e9}, {}}};
  const std::vector<TimelineMoment> thin = thinned(timeline, 2.0);
  REQUIRE(thin.size() == 2);
  CHECK(thin[0].watts == Approx((2.0 + 3.0 + 2.0) / 2.0));
  CHECK(thin[0].in_system == 5);
  CHECK(thin[0].hertz[0] == Approx(1.25e9));
  CHECK(thin[1].seconds == 2.0);
  CHECK(thin[1].watts == 4.0);
  CHECK(thin[1].celsius == 50.0);
}
