#include "controllers/search/search_governor.h"

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>

#include "controllers/control_loop.h"
#include "controllers/search/descent_search.h"
#include "tests/support/small_board.h"

using namespace flyball;

namespace {

constexpr double kLongEnough = 1e5;

SimConfig busy_board() {
  MeasuredTable table = small_table();
  table.busy_watts = {{3.0, 3.0}, {4.0, 4.0}, {10.0, 10.0}};
  SimConfig config = small_config(ClosedLoop{10'000'000, 4, std::nullopt}, table);
  config.sensor.time_constant_seconds = 0.42;
  return config;
}

SearchProblem problem_on(const SimPlant& plant, double limit_seconds) {
  return {{plant.description().knobs, plant.description().limits}, limit_seconds, {}};
}

LoopConfig loop_config() {
  LoopConfig config;
  config.period_seconds = config.sample_seconds = 0.1;
  config.simulated_think_seconds = Delays(0.001);
  return config;
}

}  // namespace

TEST_CASE("a search on a running board finds its cheapest setting within the limit and holds it") {
  SimPlant plant(busy_board());
  // A batch of 4 takes 0.4, 0.8, 1.6 s at 400, 200, 100 MHz and draws 10, 4, 3 W.
  const SearchProblem problem = problem_on(plant, 1.0);
  DescentSearch search(problem);
  SearchGovernor governor(search, problem, {});
  const std::vector<std::size_t> knobs = {0, 1, 2};
  ControlLoop loop(plant, &governor, knobs, loop_config());
  loop.run([&] { return governor.is_done(); }, kLongEnough);
  REQUIRE(governor.is_done());
  REQUIRE(search.best());
  CHECK(problem.space.value(*search.best(), 1) == 200e6);
  for (const SearchSample& sample : governor.samples()) {
    const double hertz = problem.space.value(sample.candidate, 1);
    const double seconds = 160e6 / hertz;
    const double watts = hertz == 400e6 ? 10.0 : hertz == 200e6 ? 4.0 : 3.0;
    CAPTURE(problem.space.text(sample.candidate));
    CHECK(sample.seconds == doctest::Approx(seconds).epsilon(0.01));
    CHECK(sample.joules == doctest::Approx(watts * seconds / 4.0).epsilon(0.01));
  }
  const double until = plant.timeline().now_seconds() + 1.0;
  loop.run({}, until);
  Telemetry telemetry;
  CHECK_FALSE(plant.read(telemetry));
  CHECK(*(*telemetry.domains)[1].effective_hz == 200e6);
}

TEST_CASE("it takes no more samples than it is allowed, those of an earlier run included") {
  SimPlant plant(busy_board());
  const SearchProblem problem = problem_on(plant, 1.0);
  DescentSearch search(problem);
  search.observe({problem.space.start(), 0.4, 0.8, 0.005});
  std::size_t told = 0;
  SearchGovernorConfig config;
  config.samples = 3;
  SearchGovernor governor(search, problem, config, 1, [&](const SearchSample&) { ++told; });
  const std::vector<std::size_t> knobs = {0, 1, 2};
  ControlLoop loop(plant, &governor, knobs, loop_config());
  loop.run([&] { return governor.is_done(); }, kLongEnough);
  CHECK(governor.samples().size() == 2);
  CHECK(told == 2);
  CHECK(governor.samples().front().candidate != problem.space.start());
}

TEST_CASE("after a setting that is too slow for the load, what has queued up is worked off first") {
  // An image every 0.15 s: at 400 MHz it takes 0.1 s, at 200 MHz 0.2 s, which is too long.
  std::vector<Arrival> arrivals;
  for (int i = 0; i < 4000; ++i) arrivals.push_back({0.15 * i, 1, std::nullopt});
  SimConfig stream = small_config(arrivals);
  SimPlant plant(stream);
  SearchProblem problem = problem_on(plant, 0.14);
  DescentSearch search(problem);
  SearchGovernor governor(search, problem, {});
  const std::vector<std::size_t> knobs = {0, 1, 2};
  ControlLoop loop(plant, &governor, knobs, loop_config());
  loop.run([&] { return governor.is_done(); }, kLongEnough);
  REQUIRE(governor.is_done());
  for (const SearchSample& sample : governor.samples()) {
    const bool is_fast = problem.space.value(sample.candidate, 1) == 400e6;
    CAPTURE(problem.space.text(sample.candidate));
    CHECK((sample.seconds <= 0.14) == is_fast);
  }
}

TEST_CASE("a search is refused other knobs than its own, and a board without an application") {
  SimPlant plant(busy_board());
  const SearchProblem problem = problem_on(plant, 1.0);
  DescentSearch search(problem);
  SearchGovernor governor(search, problem, {});
  const std::vector<std::size_t> two = {0, 1};
  CHECK_THROWS_AS(governor.reset(scope_over(plant.description(), two)), std::invalid_argument);
  PlantDescription bare = plant.description();
  bare.has_application = false;
  const std::vector<std::size_t> all = {0, 1, 2};
  CHECK_THROWS_AS(governor.reset(scope_over(bare, all)), std::invalid_argument);
}
