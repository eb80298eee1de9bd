#include "controllers/search/sweep_search.h"

#include <doctest/doctest.h>

#include <set>

#include "tests/controllers/search/toy_workload.h"

using namespace flyball;

TEST_CASE("a sweep tries everything, and promising regions first") {
  const SearchProblem problem = toy_problem(1.3);
  SweepSearch search(problem);
  const ToyRun early = run_toy(problem, search, 25);
  CHECK(early.keeps);
  CHECK(early.gap <= 0.03);
  const ToyRun late = run_toy(problem, search, 1000);
  CHECK(early.tried.size() + late.tried.size() == problem.space.size());
  CHECK(late.gap == doctest::Approx(0.0));
  std::set<std::size_t> all(early.tried.begin(), early.tried.end());
  all.insert(late.tried.begin(), late.tried.end());
  CHECK(all.size() == problem.space.size());
}

TEST_CASE("what is over the limit for certain comes last") {
  const SearchProblem problem = toy_problem(1.3);
  SweepSearch search(problem);
  const ToyRun run = run_toy(problem, search, 1000);
  CHECK(toy_seconds(problem.space, run.tried.back()) > 1.3);
}
