#include "tools/reproduce/published/cell_search.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/controllers/search/toy_workload.h"
#include "tools/reproduce/published/cell_surfaces.h"
#include "tools/reproduce/published/polythrottle_cells.h"

using namespace flyball;
using doctest::Approx;

TEST_CASE("a search is near from the sample on after which it stays near") {
  const double never = std::numeric_limits<double>::infinity();
  CHECK(samples_until({0.5, 0.02, 0.02}, 0.03) == 2);
  CHECK(samples_until({0.02, 0.5, 0.01}, 0.03) == 3);
  CHECK(samples_until({0.01}, 0.03) == 1);
  CHECK_FALSE(samples_until({0.01, never}, 0.03).has_value());
  CHECK_FALSE(samples_until({}, 0.03).has_value());
}

TEST_CASE("gaps are those of the true figures, and a choice over the limit is none") {
  const SearchProblem problem = toy_problem(1.3);
  const WorkloadSurface surface = toy_surface(problem.space, {});
  const auto search = make_search("sweep", problem, {});
  const std::vector<double> gaps =
      gaps_by_sample(*search, problem, surface, problem.space.size(), {0.0, 0.005, 1});
  CHECK(gaps.front() == Approx(surface.joules[problem.space.start()] / toy_optimum(problem) - 1.0));
  CHECK(gaps.back() == Approx(0.0));
  for (const double gap : gaps) CHECK(std::isfinite(gap));
  const SearchProblem impossible = toy_problem(0.9);
  const auto vain = make_search("random", impossible, {});
  CHECK(std::isinf(gaps_by_sample(*vain, impossible, surface, 1, {0.0, 0.005, 1}).front()));
}

TEST_CASE("phases fill the steps, by turns mostly energy and mostly time") {
  const SearchProblem problem = toy_problem(1.3);
  const WorkloadSurface surface = toy_surface(problem.space, {});
  const std::size_t start = problem.space.start();
  const std::vector<WeightPhase> phases = drawn_phases(surface, start, 500, 9);
  std::size_t steps = 0;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    steps += phases[i].steps;
    const double of_time = phases[i].weights.per_second * surface.seconds[start];
    CHECK(of_time + phases[i].weights.per_joule * surface.joules[start] == Approx(1.0));
    if (i > 0) {
      const double former = phases[i - 1].weights.per_second * surface.seconds[start];
      CHECK((of_time >= 0.5) != (former >= 0.5));
    }
    if (i + 1 < phases.size()) CHECK(phases[i].steps >= 20);
  }
  CHECK(steps == 500);
}

TEST_CASE("whoever is late pays ten steps of each change, and nothing without one") {
  const SearchProblem problem = toy_problem(1.3);
  const WorkloadSurface surface = toy_surface(problem.space, {});
  const GridNoise noise{0.0, 0.005, 1};
  const CostWeights energy{1.0, 0.0};
  const CostWeights time{0.0, 1.0};
  CHECK(track(problem, surface, {{30, energy}}, noise).late == 0.0);
  const double once = track(problem, surface, {{30, energy}, {30, time}}, noise).late;
  const double thrice =
      track(problem, surface, {{30, energy}, {30, time}, {5, energy}, {30, time}}, noise).late;
  CHECK(once > 0.0);
  CHECK(thrice > 2.0 * once);  // and five steps of the short phase
  CHECK(track(problem, surface, {{200, energy}}, noise).tracker >= 0.0);
}

TEST_CASE("a cell's surface has every setting and batch, and larger batches take longer") {
  Scenario scenario = polythrottle_scenario(polythrottle_cells().front(), 1);
  scenario.control.knobs = {"gpu"};
  const CellSurface cell = cell_surface(scenario, {1, 4}, 1);
  const std::size_t levels = cell.space.knobs()[0].levels.size();
  REQUIRE(cell.space.size() == 2 * levels);
  for (Level gpu = 0; gpu < levels; ++gpu) {
    const std::size_t one = *cell.space.candidate_of(std::vector<Level>{gpu, 0});
    const std::size_t four = *cell.space.candidate_of(std::vector<Level>{gpu, 1});
    CHECK(cell.surface.seconds[four] > cell.surface.seconds[one]);
    CHECK(cell.surface.joules[four] < cell.surface.joules[one]);
  }
  CHECK(cell_surface(scenario, {1}, 1).space.knob_count() == 1);
}
