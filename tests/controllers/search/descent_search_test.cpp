#include "controllers/search/descent_search.h"

#include <doctest/doctest.h>

#include "tests/controllers/search/toy_workload.h"

using namespace flyball;

TEST_CASE(
    "coordinate descent ends where no knob and no pair of knobs can be moved for the better") {
  for (const double limit : {1.1, 1.3, 2.0}) {
    const SearchProblem problem = toy_problem(limit);
    DescentSearch search(problem);
    const ToyRun run = run_toy(problem, search, 1000);
    CAPTURE(limit);
    CHECK(run.tried.size() < problem.space.size() / 2);
    CHECK(run.keeps);
    CHECK(run.gap <= 0.03);
    CHECK_FALSE(search.propose());
  }
}

TEST_CASE("coordinate descent begins with the first knob, a quarter of its levels down") {
  const SearchProblem problem = toy_problem(1.3);
  DescentSearch search(problem);
  const ToyRun run = run_toy(problem, search, 2);
  CHECK(run.tried[0] == problem.space.start());
  CHECK(run.tried[1] == *problem.space.moved(problem.space.start(), 0, -2));
}

TEST_CASE("a descent that is told an earlier one's samples goes on where that one stopped") {
  const SearchProblem problem = toy_problem(1.3);
  DescentSearch whole(problem);
  const ToyRun run = run_toy(problem, whole, 12);
  DescentSearch again(problem);
  for (std::size_t i = 0; i < 11; ++i) {
    again.observe({run.tried[i], toy_seconds(problem.space, run.tried[i]),
                   toy_joules(problem.space, run.tried[i]), 0.001});
  }
  CHECK(again.propose() == run.tried[11]);
}
