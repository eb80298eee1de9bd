#include "controllers/search/gradient_search.h"

#include <doctest/doctest.h>

#include "tests/controllers/search/toy_workload.h"

using namespace flyball;

TEST_CASE("gradient descent comes near the optimum from the highest clocks") {
  for (const double limit : {1.2, 1.5, 2.0}) {
    const SearchProblem problem = toy_problem(limit);
    GradientSearch search(problem);
    const ToyRun run = run_toy(problem, search, 25);
    CAPTURE(limit);
    CHECK(run.tried.front() == problem.space.start());
    CHECK(run.keeps);
    CHECK(run.gap <= 0.03);
  }
}

TEST_CASE("the physical bound keeps every step near the limit") {
  for (const double limit : {1.1, 1.2, 1.5, 2.0}) {
    const SearchProblem problem = toy_problem(limit);
    GradientSearch search(problem);
    CAPTURE(limit);
    CHECK(run_toy(problem, search, 25).worst <= 1.05 + 1e-9);
  }
}
