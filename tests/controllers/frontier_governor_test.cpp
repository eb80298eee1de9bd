#include "controllers/frontier_governor.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tests/controllers/sample_plant.h"

using namespace flyball;

namespace {

using Levels = std::pair<Level, Level>;  // of CPU and GPU

// An application on the sample plant, one second a decision: ten requests each, served after a
// latency that the levels decide.
class World {
 public:
  explicit World(std::function<double(double cpu_hz, double gpu_hz)> latency_seconds)
      : plant_(sample_plant()), latency_seconds_(std::move(latency_seconds)) {
    plant_.limits = {{0, 2}, {0, 3}};
  }

  GovernorScope scope() const { return scope_over(plant_, std::vector<std::size_t>{0, 1}); }

  // One decision, and the second that follows it.
  Decision step(Governor& governor) {
    fill();
    const Decision decision = governor.decide({telemetry_, 0.0});
    const double latency = latency_seconds_(plant_.knobs[0].levels[decision.setting[0].ceiling],
                                            plant_.knobs[1].levels[decision.setting[1].ceiling]);
    seconds_ += 1.0;
    application_.arrived += 10;
    application_.served += 10;
    application_.in_system_seconds += 10.0 * latency;
    application_.latency_max_seconds = latency;
    busy_seconds_ += busy;
    return decision;
  }

  double celsius = 50.0;
  double busy = 0.2;  // of CPU 0
  std::optional<double> deadline_seconds;

 private:
  void fill() {
    telemetry_.time_seconds = seconds_;
    telemetry_.temperatures_celsius.refill(seconds_) = {celsius, std::nullopt};
    telemetry_.cpus.refill(seconds_) = {{true, busy_seconds_, seconds_ - busy_seconds_, 0.0}};
    application_.deadline_seconds = deadline_seconds;
    telemetry_.application.refill(seconds_) = application_;
  }

  PlantDescription plant_;
  std::function<double(double, double)> latency_seconds_;
  Telemetry telemetry_;
  ApplicationTelemetry application_;
  double seconds_ = 0.0;
  double busy_seconds_ = 0.0;
};

// Always trying, with steps as coarse as the sample plant's tables.
FrontierConfig eager() {
  FrontierConfig config;
  config.share = 1.0;
  config.slowdown = 8.0;
  config.step = 2.0;
  config.slice_periods = 2;
  return config;
}

Levels levels_of(const Decision& decision) {
  return {decision.setting[0].ceiling, decision.setting[1].ceiling};
}

double latency(double cpu_hz, double gpu_hz) { return 3e6 / cpu_hz + 4e6 / gpu_hz; }

}  // namespace

TEST_CASE("exploration begins at the top and goes on beside what was good") {
  World world(latency);
  FrontierGovernor governor(eager());
  governor.reset(world.scope());
  std::vector<Levels> tried;
  for (int i = 0; i < 60; ++i) {
    const Decision decision = world.step(governor);
    REQUIRE(decision.decided_by == DecidedBy::kRandom);
    CHECK(decision.setting[0].is_pinned());
    if (i % 2 == 0) tried.push_back(levels_of(decision));
    if (i % 2 == 1) CHECK(levels_of(decision) == tried.back());  // held for the slice
  }
  REQUIRE(tried.front() == Levels{2, 3});
  const double cpu[] = {1e8, 2e8, 3e8};
  const double gpu[] = {1e8, 2e8, 4e8, 8e8};
  for (auto at = tried.begin() + 1; at != tried.end(); ++at) {
    CHECK(std::any_of(tried.begin(), at, [&](const Levels& before) {
      return cpu[before.first] / cpu[at->first] <= 2.0 &&
             gpu[before.second] / gpu[at->second] <= 2.0;
    }));
  }
  // Least tried first: all twelve settings come before any comes twice too often.
  CHECK(std::set<Levels>(tried.begin(), tried.end()).size() == 12);
  CHECK(governor.report().tried == 12);
  CHECK(governor.report().violations == 0);
}

TEST_CASE(
    "a capped knob is tried as a ceiling, the others are pinned, a name that is no knob is "
    "refused") {
  World world(latency);
  FrontierConfig config = eager();
  config.caps = {world.scope().knobs[1].name};
  FrontierGovernor governor(config);
  governor.reset(world.scope());
  std::set<Level> ceilings;
  for (int i = 0; i < 60; ++i) {
    const Decision decision = world.step(governor);
    CHECK(decision.setting[0].is_pinned());
    CHECK(decision.setting[1].floor == 0);
    ceilings.insert(decision.setting[1].ceiling);
  }
  CHECK(ceilings.size() > 1);
  config.caps = {"npu"};
  FrontierGovernor other(config);
  CHECK_THROWS_AS(other.reset(world.scope()), std::invalid_argument);
}

TEST_CASE("what is predicted above the limit is never tried") {
  World world(latency);
  FrontierConfig config = eager();
  config.limit.latency_seconds = 0.05;
  FrontierGovernor governor(config);
  governor.reset(world.scope());
  std::set<Levels> tried;
  for (int i = 0; i < 400; ++i) tried.insert(levels_of(world.step(governor)));
  CHECK(governor.report().violations == 0);
  CHECK(tried.size() > 3);
  CHECK_FALSE(tried.contains({0, 0}));  // 70 ms
  CHECK_FALSE(tried.contains({2, 0}));  // 50 ms: above the margin
}

TEST_CASE("a violation gives the clocks back at once and closes what is slower") {
  // A cliff that no prediction knows of.
  World world([](double cpu_hz, double gpu_hz) { return gpu_hz < 3e8 ? 1.0 : 1e6 / cpu_hz; });
  FrontierConfig config = eager();
  config.limit.latency_seconds = 0.1;
  config.slice_periods = 10;
  FrontierGovernor governor(config);
  governor.reset(world.scope());
  int bad = 0;
  int in_a_row = 0;
  std::set<Levels> bad_settings;
  for (int i = 0; i < 280; ++i) {
    const Levels at = levels_of(world.step(governor));
    in_a_row = at.second < 2 ? in_a_row + 1 : 0;
    bad += at.second < 2 ? 1 : 0;
    CHECK(in_a_row <= 1);                                      // seen at the next decision
    if (at.second < 2) CHECK(bad_settings.insert(at).second);  // none twice while it is closed
  }
  CHECK(bad >= 1);
  CHECK(bad <= 3);  // one for each level of the CPU at most
  CHECK(governor.report().violations == static_cast<std::uint64_t>(bad));
}

TEST_CASE("after a violation the residents decide until a slice of theirs was good") {
  bool overloaded = false;
  World world([&](double, double) { return overloaded ? 1.0 : 0.01; });
  FrontierConfig config = eager();
  config.limit.latency_seconds = 0.1;
  config.closed_seconds = 0.0;
  FrontierGovernor governor(config);
  governor.reset(world.scope());
  world.step(governor);
  overloaded = true;
  world.step(governor);
  for (int i = 0; i < 20; ++i) CHECK(world.step(governor).decided_by == DecidedBy::kResident);
  overloaded = false;
  bool tries_again = false;
  for (int i = 0; i < 6; ++i) {
    tries_again = tries_again || world.step(governor).decided_by == DecidedBy::kRandom;
  }
  CHECK(tries_again);
  CHECK(governor.report().violations == 1);
}

TEST_CASE("misses and the deadline that the application tells are limits, too") {
  World world(latency);
  world.deadline_seconds = 0.05;
  FrontierGovernor governor(eager());
  governor.reset(world.scope());
  std::set<Levels> tried;
  for (int i = 0; i < 400; ++i) tried.insert(levels_of(world.step(governor)));
  CHECK(tried.size() > 3);
  CHECK_FALSE(tried.contains({0, 0}));
  CHECK(governor.report().violations == 0);
}

TEST_CASE("where the board is busy, slower settings are left alone, not where it always is") {
  for (const double busy : {0.6, 1.0}) {
    World world(latency);
    world.busy = busy;
    FrontierGovernor governor(eager());
    governor.reset(world.scope());
    std::set<Levels> tried;
    for (int i = 0; i < 60; ++i) tried.insert(levels_of(world.step(governor)));
    CHECK(tried.contains({0, 0}) == (busy == 1.0));
    CHECK(tried.contains({1, 3}) == (busy == 1.0 || 1.5 * busy <= 0.9));
  }
}

TEST_CASE("heat leaves the residents in charge until the board has cooled") {
  World world(latency);
  FrontierGovernor governor(eager());
  governor.reset(world.scope());
  CHECK(world.step(governor).decided_by == DecidedBy::kRandom);
  world.celsius = 90.0;
  CHECK(world.step(governor).decided_by == DecidedBy::kResident);
  world.celsius = 82.0;  // below the threshold, but not by enough
  for (int i = 0; i < 4; ++i) CHECK(world.step(governor).decided_by == DecidedBy::kResident);
  world.celsius = 70.0;
  bool tries_again = false;
  for (int i = 0; i < 3; ++i) {
    tries_again = tries_again || world.step(governor).decided_by == DecidedBy::kRandom;
  }
  CHECK(tries_again);
  CHECK(governor.report().hot == 5);
}

TEST_CASE("the share of slices that try something is as asked, and choices carry their chance") {
  World world(latency);
  FrontierConfig config = eager();
  config.share = 0.25;
  config.slice_periods = 1;
  FrontierGovernor governor(config);
  governor.reset(world.scope());
  int trials = 0;
  for (int i = 0; i < 4000; ++i) {
    const Decision decision = world.step(governor);
    REQUIRE(decision.probability.has_value());
    if (decision.decided_by == DecidedBy::kResident) {
      CHECK(*decision.probability == doctest::Approx(0.75));
      CHECK_FALSE(decision.setting[0].is_pinned());
    } else {
      ++trials;
      CHECK(*decision.probability <= 0.25);
      CHECK(*decision.probability >= 0.25 / 12 - 1e-12);
    }
  }
  CHECK(trials > 900);
  CHECK(trials < 1100);
}

TEST_CASE("new limits are obeyed, and what was seen is kept") {
  World world(latency);
  FrontierGovernor governor(eager());
  governor.reset(world.scope());
  for (int i = 0; i < 60; ++i) world.step(governor);
  GovernorScope narrow = world.scope();
  narrow.limits = {{0, 1}, {1, 2}};
  governor.reset(narrow);
  for (int i = 0; i < 40; ++i) {
    const Levels at = levels_of(world.step(governor));
    CHECK(at.first <= 1);
    CHECK((at.second == 1 || at.second == 2));
  }
  CHECK(governor.report().tried == 12);
  CHECK(governor.report().open == 4);
}

TEST_CASE("a setting's bound on slowness holds without any telemetry of the application") {
  FrontierConfig config = eager();
  config.slowdown = 2.0;
  World world([](double, double) { return 0.0; });
  FrontierGovernor governor(config);
  governor.reset(world.scope());
  for (int i = 0; i < 60; ++i) {
    const Levels at = levels_of(world.step(governor));
    CHECK(at.first >= 1);   // 200 of 300 MHz
    CHECK(at.second >= 2);  // 400 of 800 MHz
  }
}

TEST_CASE("configurations and knobs that make no sense are refused") {
  FrontierConfig config;
  config.share = 1.5;
  CHECK_THROWS_WITH_AS(FrontierGovernor{config}, doctest::Contains("share = 1.5"),
                       std::invalid_argument);
  config = {};
  config.hot_celsius = 500.0;
  CHECK_THROWS_WITH_AS(FrontierGovernor{config}, "hot_celsius = 500: must be in [30, 120]",
                       std::invalid_argument);
  config = {};
  config.limit.latency_seconds = 0.0;
  CHECK_THROWS_WITH_AS(FrontierGovernor{config}, "latency_seconds = 0: must be > 0",
                       std::invalid_argument);
  config = {};
  config.step = 1.0;
  CHECK_THROWS_WITH_AS(FrontierGovernor{config}, doctest::Contains("step = 1"),
                       std::invalid_argument);
  PlantDescription plant = sample_plant();
  plant.knobs.push_back({"batch", {1.0, 2.0}, {}});
  plant.limits.push_back({0, 1});
  FrontierGovernor governor{FrontierConfig{}};
  CHECK_THROWS_WITH_AS(governor.reset(scope_over(plant, std::vector<std::size_t>{0, 2})),
                       doctest::Contains("batch is the application's"), std::invalid_argument);
}

TEST_CASE("what one has seen the next one goes on from, and what was closed stays closed") {
  const auto latency = [](double cpu_hz, double) { return cpu_hz < 2e8 ? 1.0 : 0.05; };
  FrontierConfig config = eager();
  World world(latency);
  FrontierGovernor first(config);
  first.reset(world.scope());
  for (int i = 0; i < 300; ++i) world.step(first);
  const std::vector<FrontierSeen> seen = first.seen();
  REQUIRE(first.report().tried > 4);

  FrontierGovernor next(config);
  next.resume(seen);
  next.reset(world.scope());
  world.step(next);
  CHECK(next.report().tried >= first.report().tried);
  std::vector<FrontierSeen> taken = next.seen();
  std::uint32_t more = 0;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    more += taken[i].trials - seen[i].trials;
    CHECK(taken[i].opened == seen[i].opened);
    CHECK(taken[i].closed_for == seen[i].closed_for);
    CHECK(taken[i].closed_seconds <= seen[i].closed_seconds);
    CHECK((taken[i].closed_seconds > 0.0) == (seen[i].closed_seconds > 0.0));
  }
  CHECK(more == 1);

  FrontierGovernor other(config);
  other.resume(std::vector<FrontierSeen>(3));  // of another board
  other.reset(world.scope());
  world.step(other);
  CHECK(other.report().tried == 1);
}
