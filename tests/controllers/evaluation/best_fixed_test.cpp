#include "controllers/evaluation/best_fixed.h"

#include <doctest/doctest.h>

#include <atomic>

using namespace flyball;

namespace {

BestFixedConfig three_knobs() {
  BestFixedConfig config;
  config.knobs = {{"cpu", {1.0, 2.0, 3.0}, {0}},
                  {"gpu", {1.0, 2.0, 3.0, 4.0}, {1}},
                  {"emc", {1.0, 2.0, 3.0}, {2}},
                  {"batch", {1.0, 2.0}, {}}};
  config.limits = {{0, 2}, {0, 3}, {0, 2}, {0, 1}};
  config.grid = {0, 1};
  config.seeds = {5, 6};
  config.run_limits.latency_mean_seconds = 1.0;
  return config;
}

// The GPU is best capped at its second level, where it sometimes rests; the memory pinned at its
// lowest one; a CPU below its highest level is too slow.
RunFigures run(std::span<const LevelRange> ranges, std::uint64_t /*seed*/) {
  RunFigures figures;
  figures.served = 10;
  figures.seconds = 1.0;
  const double gpu = static_cast<double>(ranges[1].ceiling) - 1.0;
  figures.energy_joules = 100.0 + 10.0 * gpu * gpu - (ranges[1].is_pinned() ? 0.0 : 5.0) +
                          3.0 * ranges[2].ceiling + ranges[2].floor -
                          (ranges[2].is_pinned() ? 1.0 : 0.0) + 20.0 * ranges[3].floor;
  figures.latency_mean_seconds = ranges[0].floor < 2 && ranges[0].ceiling < 2 ? 2.0 : 0.5;
  return figures;
}

// Every pin of the grid, as the static oracle leaves them.
OracleResult pins(const BestFixedConfig& config) {
  OracleResult result;
  for (Level cpu = 0; cpu < 3; ++cpu) {
    for (Level gpu = 0; gpu < 4; ++gpu) {
      const std::vector<LevelRange> ranges = {{cpu, cpu}, {gpu, gpu}, {0, 2}, {0, 1}};
      OraclePoint& point = result.points.emplace_back();
      point.levels = {cpu, gpu};
      point.runs = {run(ranges, 5), run(ranges, 6)};
      point.figures = pooled(point.runs, config.run_limits);
    }
  }
  return result;
}

}  // namespace

TEST_CASE("a cap is taken where it is cheaper than a pin, and a knob that the grid leaves out") {
  const BestFixedConfig config = three_knobs();
  const BestFixedSearch search = search_best_fixed(config, pins(config), run);
  REQUIRE(search.best);
  CHECK(search.best->ranges[1] == LevelRange{0, 1});
  CHECK(search.best->ranges[2] == LevelRange{0, 0});
  CHECK(search.best->ranges[0].ceiling == 2);  // or it would be too late
  CHECK(search.best->figures.served == 20);    // of both seeds
  CHECK(search.tried > 12);
}

TEST_CASE("the application's knob is pinned: nobody decides below a cap of it") {
  BestFixedConfig config = three_knobs();
  config.grid = {0, 1, 3};
  std::atomic<int> capped = 0;
  const RangeRunner watch = [&](std::span<const LevelRange> ranges, std::uint64_t seed) {
    if (!ranges[3].is_pinned()) ++capped;
    return run(ranges, seed);
  };
  const BestFixedSearch search = search_best_fixed(config, {}, watch);
  REQUIRE(search.best);
  CHECK(search.best->ranges[3] == LevelRange{0, 0});
  CHECK(capped == 0);
}

TEST_CASE("a clock beyond the grid is lowered where another one has to rise for it") {
  BestFixedConfig config;
  config.knobs = {{"gpu", {1.0, 2.0, 3.0, 4.0}, {0}}, {"emc", {1.0, 2.0, 3.0}, {1}}};
  config.limits = {{0, 3}, {0, 2}};
  config.grid = {0};
  config.run_limits.in_time_share = 0.99;
  // Too late where both levels together are below 4; the memory's level is the dearer one.
  const RangeRunner two_clocks = [](std::span<const LevelRange> ranges, std::uint64_t) {
    const unsigned level = ranges[0].ceiling + ranges[1].ceiling;
    RunFigures figures;
    figures.served = 100;
    figures.missed = level < 4 ? 2 * (4 - level) : 0;
    figures.energy_joules = 100.0 + 4.0 * ranges[0].ceiling + 10.0 * ranges[1].ceiling;
    return figures;
  };
  const BestFixedSearch search = search_best_fixed(config, {}, two_clocks);
  REQUIRE(search.best);
  CHECK(search.best->figures.energy_joules == 122.0);  // not the 128 of the second level alone
  CHECK(search.best->figures.feasible);
}

TEST_CASE("the best fixed setting is the same on one thread and on several") {
  BestFixedConfig config = three_knobs();
  const BestFixedSearch one = search_best_fixed(config, pins(config), run);
  config.threads = 3;
  const BestFixedSearch three = search_best_fixed(config, pins(config), run);
  CHECK(one.best->ranges == three.best->ranges);
  CHECK(one.tried == three.tried);
}

TEST_CASE("nothing feasible gives no best setting, an interruption says so") {
  BestFixedConfig config = three_knobs();
  config.run_limits.latency_mean_seconds = 0.1;
  CHECK_FALSE(search_best_fixed(config, pins(config), run).best);
  const BestFixedSearch stopped =
      search_best_fixed(three_knobs(), {}, run, [](double) { return false; });
  CHECK(stopped.interrupted);
  CHECK_FALSE(stopped.best);
}
