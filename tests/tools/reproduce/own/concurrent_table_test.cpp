#include "tools/reproduce/own/concurrent_table.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <system_error>

#include "env/errors.h"
#include "tests/support/temporary_directory.h"

using namespace flyball;

namespace {

// Too short to learn anything, long enough to go through everything.
ConcurrentTask short_pole() {
  ConcurrentTask task = cart_pole_task();
  task.decisions = 640;
  task.evaluations = 1;
  return task;
}

const ReproductionRow& row(const ReproductionTable& table, const std::string& name) {
  const auto it = std::find_if(table.rows().begin(), table.rows().end(),
                               [&](const ReproductionRow& r) { return r.name == name; });
  REQUIRE_MESSAGE(it != table.rows().end(), name);
  return *it;
}

}  // namespace

TEST_CASE("the arms go from a world that waits over one that knows nothing to all knowledge") {
  const std::vector<ConcurrentArm> arms = concurrent_arms();
  const ConcurrentTask task = cart_pole_task();
  const auto inputs = [&](const ConcurrentArm& arm) {
    return task.make(arm)->observation_space().size();
  };
  CHECK(arms.front().waits);
  CHECK(std::count_if(arms.begin(), arms.end(), [](const auto& arm) { return arm.waits; }) == 1);
  CHECK(inputs(arms[1]) == 4);  // CartPole's own
  CHECK(inputs(arms.back()) == 7);
}

TEST_CASE("random decisions drop the pole soon and let the pendulum hang") {
  const double ticks = random_return(cart_pole_task());
  CHECK(ticks > 8.0);
  CHECK(ticks < 60.0);
  const double pendulum = random_return(pendulum_task());
  CHECK(pendulum > -1700.0);  // 200 ticks of at most 16.3 cost 3260
  CHECK(pendulum < -900.0);
}

TEST_CASE("a run's curve depends on its seed alone") {
  const ConcurrentTask task = short_pole();
  const ConcurrentArm arm = concurrent_arms().back();
  const ConcurrentRun run = run_concurrent(task, arm, 1);
  REQUIRE(run.curve.size() == kCurvePoints);
  CHECK(run.curve == run_concurrent(task, arm, 1).curve);
  CHECK(run.curve != run_concurrent(task, arm, 2).curve);
}

TEST_CASE("the table scores every arm between random decisions and the waiting world's agent") {
  const TemporaryDirectory directory;
  ConcurrentOptions options;
  options.plot = directory.path() / "curves.svg";
  ReproductionTable table("concurrent");
  compare_arms({short_pole()}, 2, options, table);
  const double random = row(table, "CartPole: random decisions, return").ours;
  const double waiting = row(table, "CartPole: blocking world, return").ours;
  for (const ConcurrentArm& arm : concurrent_arms()) {
    if (arm.waits) continue;
    CAPTURE(arm.name);
    const double came_to = row(table, fmt::format("CartPole: {}, return", arm.name)).ours;
    const ReproductionRow& score = row(table, fmt::format("CartPole: {}, score", arm.name));
    CHECK(score.ours == doctest::Approx(100.0 * (came_to - random) / (waiting - random)));
    CHECK(score.low.value() <= score.ours);
    CHECK(score.ours <= score.high.value());
  }
  CHECK(row(table, "CartPole: an agent unaware of its delay loses").check == RowCheck::kAtMost);
  std::ifstream plot(*options.plot);
  std::string first_line;
  std::getline(plot, first_line);
  CHECK(first_line.starts_with("<svg "));
  ReproductionTable alone("concurrent");
  options.threads = 1;
  compare_arms({short_pole()}, 2, options, alone);
  CHECK(alone.to_text() == table.to_text());
}

TEST_CASE("a plot that cannot be written is an error with its name") {
  ConcurrentOptions options;
  options.plot = "/nowhere/curves.svg";
  ReproductionTable table("concurrent");
  ConcurrentTask task = short_pole();
  task.decisions = 80;
  CHECK_THROWS_WITH_AS(compare_arms({task}, 1, options, table),
                       doctest::Contains("/nowhere/curves.svg: cannot be written"),
                       std::system_error);
}
