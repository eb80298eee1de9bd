#include "tools/reproduce/published/loudva_cases.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <random>

#include "tests/support/skip.h"

using namespace flyball;

namespace {

// Forty groups of one to four images, each with a gap after it that no other one has.
LoudvaRun sample_run() {
  LoudvaRun run;
  double time = 12.0;
  for (int group = 0; group < 40; ++group) {
    for (int image = 0; image <= group % 4; ++image) {
      LoggedRequest& request = run.requests.emplace_back();
      request.arrival_seconds = time;
      request.completion_seconds = time + 0.5;
      request.limit_seconds = 2.0 + group;
    }
    time += 0.5 + 0.01 * group;
  }
  run.seconds = time + 30.0;
  return run;
}

}  // namespace

TEST_CASE("a drawn trace is made of stretches of the run, with their order, gaps and limits") {
  const LoudvaRun run = sample_run();
  const std::vector<Arrival> recorded = run.arrivals(0.5);
  std::map<double, std::size_t> group_of;  // by its limit
  for (std::size_t i = 0; i < recorded.size(); ++i) group_of[*recorded[i].limit_seconds] = i;
  std::mt19937_64 random(3);
  const LoudvaTrace trace = drawn_trace(run, 0.5, random);
  REQUIRE(trace.arrivals.size() == recorded.size());
  CHECK(trace.arrivals.front().time_seconds == recorded.front().time_seconds);
  std::size_t breaks = 0;
  for (std::size_t i = 0; i < trace.arrivals.size(); ++i) {
    const std::size_t group = group_of.at(*trace.arrivals[i].limit_seconds);
    CHECK(trace.arrivals[i].requests == recorded[group].requests);
    if (i + 1 == trace.arrivals.size()) break;
    CHECK(trace.arrivals[i + 1].time_seconds - trace.arrivals[i].time_seconds ==
          doctest::Approx(recorded[group + 1].time_seconds - recorded[group].time_seconds));
    breaks += group_of.at(*trace.arrivals[i + 1].limit_seconds) == group + 1 ? 0 : 1;
  }
  CHECK(breaks >= 1);  // five stretches of eight, or more where the run ended; some may follow on
  CHECK(breaks <= 12);
  CHECK(trace.seconds - trace.arrivals.back().time_seconds > 30.0);
}

TEST_CASE("the generator alone decides what is drawn") {
  const LoudvaRun run = sample_run();
  const auto limits = [&](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<double> drawn;
    for (const Arrival& a : drawn_trace(run, 1.0, random).arrivals) {
      drawn.push_back(*a.limit_seconds);
    }
    return drawn;
  };
  CHECK(limits(1) == limits(1));
  CHECK(limits(1) != limits(2));
}

TEST_CASE("the best fixed setting keeps what is asked for, or what is possible") {
  const std::filesystem::path data = FLYBALL_SOURCE_DIR "/../shared/data/loudva";
  if (!std::filesystem::exists(data)) return skip_test("no measurements at " + data.string());
  const LoudvaWorld world = load_loudva_world(data);
  const LoudvaRun& run = world.runs.at("stock_governor_0");
  const LoudvaTrace wide = recorded_trace(run, 1.0);
  const LoudvaFixed easy = search_fixed(world, {&wide, 1}, 0.995);
  CHECK(easy.required_in_time == 0.995);
  CHECK(easy.saving > 0.2);
  const LoudvaTrace tight = recorded_trace(run, 0.25);
  const LoudvaFixed hard = search_fixed(world, {&tight, 1}, 0.995);
  CHECK(hard.best_in_time < 0.995);  // the host alone is too late for four images
  CHECK(hard.required_in_time == hard.best_in_time);
  CHECK(hard.saving < easy.saving);
  CHECK(hard.levels.front() > easy.levels.front());
}
