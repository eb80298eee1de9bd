#include "controllers/search/random_search.h"

#include <doctest/doctest.h>

#include <set>

#include "tests/controllers/search/toy_workload.h"

using namespace flyball;

TEST_CASE("random search tries every candidate once, the highest clocks first") {
  const SearchProblem problem = toy_problem(1.2);
  RandomSearch search(problem, 3);
  const ToyRun run = run_toy(problem, search, 1000);
  CHECK(run.tried.size() == problem.space.size());
  CHECK(run.tried.front() == problem.space.start());
  CHECK(std::set<std::size_t>(run.tried.begin(), run.tried.end()).size() == run.tried.size());
  CHECK(run.gap == doctest::Approx(0.0));
}

TEST_CASE("its seed decides the order") {
  const SearchProblem problem = toy_problem(1.2);
  const auto order = [&](std::uint64_t seed) {
    RandomSearch search(problem, seed);
    return run_toy(problem, search, 20).tried;
  };
  CHECK(order(1) == order(1));
  CHECK(order(1) != order(2));
}

TEST_CASE("what an earlier run measured is not tried again") {
  const SearchProblem problem = toy_problem(1.2);
  RandomSearch search(problem, 3);
  search.observe({problem.space.start(), 1.0, 1.0, 0.01});
  CHECK(search.propose() != problem.space.start());
}
