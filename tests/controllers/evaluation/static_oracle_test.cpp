#include "controllers/evaluation/static_oracle.h"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>

using namespace flyball;

namespace {

StaticOracleConfig two_knobs() {
  StaticOracleConfig config;
  config.knobs = {{"cpu", {1.0, 2.0, 3.0}, {0}}, {"gpu", {1.0, 2.0, 3.0, 4.0}, {1}}};
  config.limits = {{1, 2}, {0, 3}};
  config.seeds = {5, 6};
  return config;
}

// Energy falls with the gpu level down to 1 and latency rises; the seed adds a little.
RunFigures run(std::span<const Level> levels, std::uint64_t seed) {
  RunFigures figures;
  figures.served = 10;
  figures.seconds = 1.0;
  const double gpu = levels[1];
  figures.energy_joules =
      100.0 + 10.0 * (gpu - 1.2) * (gpu - 1.2) + levels[0] + 0.001 * static_cast<double>(seed);
  figures.latency_mean_seconds = 1.0 / (1.0 + gpu);
  figures.unserved = gpu == 0.0 ? 1 : 0;
  return figures;
}

}  // namespace

TEST_CASE("the oracle finds the cheapest setting inside the limits by trying all") {
  const OracleResult result = search_static_oracle(two_knobs(), run);
  REQUIRE(result.points.size() == 8);
  REQUIRE(result.best);
  CHECK(result.points[*result.best].levels == std::vector<Level>{1, 1});
  CHECK(result.points[*result.best].figures.served == 20);  // of both seeds
  CHECK(result.points[0].levels == std::vector<Level>{1, 0});
  CHECK_FALSE(result.points[0].figures.feasible);
}

TEST_CASE("the oracle obeys the limit on the mean latency") {
  StaticOracleConfig config = two_knobs();
  config.run_limits.latency_mean_seconds = 0.3;
  const OracleResult result = search_static_oracle(config, run);
  REQUIRE(result.best);
  CHECK(result.points[*result.best].levels == std::vector<Level>{1, 3});
  config.run_limits.latency_mean_seconds = 0.1;
  CHECK_FALSE(search_static_oracle(config, run).best);
}

TEST_CASE("the oracle's table does not depend on the number of threads") {
  StaticOracleConfig config = two_knobs();
  const OracleResult one = search_static_oracle(config, run);
  config.threads = 2;
  const OracleResult two = search_static_oracle(config, run);
  REQUIRE(one.points.size() == two.points.size());
  CHECK(one.best == two.best);
  for (std::size_t i = 0; i < one.points.size(); ++i) {
    CHECK(one.points[i].levels == two.points[i].levels);
    CHECK(one.points[i].figures.energy_joules == two.points[i].figures.energy_joules);
  }
}

TEST_CASE("a search that is told to stop ends early and says so") {
  const OracleResult result =
      search_static_oracle(two_knobs(), run, [](double share) { return share < 0.5; });
  CHECK(result.interrupted);
  CHECK(result.points.empty());
  CHECK_FALSE(result.best);
}

TEST_CASE("a run that fails ends the search with its error") {
  StaticOracleConfig config = two_knobs();
  config.threads = 2;
  const auto failing = [](std::span<const Level> levels, std::uint64_t seed) {
    if (levels[1] == 2) throw std::runtime_error("no such level");
    return run(levels, seed);
  };
  CHECK_THROWS_WITH(search_static_oracle(config, failing), "no such level");
}

TEST_CASE("the Pareto front holds what nothing beats in both energy and latency") {
  const OracleResult result = search_static_oracle(two_knobs(), run);
  const std::vector<std::size_t> front = pareto_front(result.points);
  REQUIRE(front.size() == 3);  // cpu 1; gpu 3, 2, 1; gpu 0 leaves work undone
  CHECK(result.points[front[0]].levels == std::vector<Level>{1, 3});
  CHECK(result.points[front[1]].levels == std::vector<Level>{1, 2});
  CHECK(result.points[front[2]].levels == std::vector<Level>{1, 1});
}
