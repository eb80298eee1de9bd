#include "controllers/search/gmd_search.h"

#include <doctest/doctest.h>

#include "tests/controllers/search/toy_workload.h"

using namespace flyball;

TEST_CASE("bisection begins in the middle and looks half way along every knob") {
  const SearchProblem problem = toy_problem(4.0);
  GmdSearch search(problem);
  const ToyRun run = run_toy(problem, search, 3);
  const std::vector<Level> middle = problem.space.levels_of(run.tried[0]);
  CHECK(middle == std::vector<Level>{4, 5, 1});
  CHECK(problem.space.levels_of(run.tried[1]) == std::vector<Level>{2, 5, 1});
  CHECK(problem.space.levels_of(run.tried[2]) == std::vector<Level>{4, 2, 1});
}

TEST_CASE("from a middle that is too slow it looks up") {
  const SearchProblem problem = toy_problem(1.2);
  GmdSearch search(problem);
  const ToyRun run = run_toy(problem, search, 2);
  CHECK(problem.space.levels_of(run.tried[1]) == std::vector<Level>{6, 5, 1});
}

TEST_CASE("bisection ends by itself after few samples, near the optimum") {
  for (const double limit : {1.3, 2.0, 4.0}) {
    const SearchProblem problem = toy_problem(limit);
    GmdSearch search(problem);
    const ToyRun run = run_toy(problem, search, 1000);
    CAPTURE(limit);
    CHECK_FALSE(search.propose());
    CHECK(run.tried.size() <= 25);
    CHECK(run.keeps);
    CHECK(run.gap <= 0.15);
  }
}
