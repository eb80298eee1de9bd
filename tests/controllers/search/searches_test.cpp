#include "controllers/search/searches.h"

#include <doctest/doctest.h>

#include <set>
#include <stdexcept>
#include <string>

#include "tests/controllers/search/toy_workload.h"

using namespace flyball;

TEST_CASE("every search answers to its name, and keeps the contract of searches") {
  const SearchProblem problem = toy_problem(1.3);
  for (const SearchKind& kind : search_kinds()) {
    CAPTURE(kind.name);
    const auto search = make_search(kind.name, problem, {});
    CHECK(search->name() == kind.name);
    CHECK_FALSE(search->best());
    CHECK(search->propose() == search->propose());
    const ToyRun run = run_toy(problem, *search, 30, 0.005);
    CHECK(std::set<std::size_t>(run.tried.begin(), run.tried.end()).size() == run.tried.size());
    REQUIRE(search->best());
    CHECK(run.keeps);
    CHECK_THROWS_AS(search->observe({problem.space.size(), 1.0, 1.0, 0.01}), std::invalid_argument);

    const auto again = make_search(kind.name, problem, {});
    CHECK(run_toy(problem, *again, 30, 0.005).tried == run.tried);
  }
}

TEST_CASE("searches end on a space of one setting") {
  const SearchProblem problem{{{{"gpu", {1e9}, {0}}}, {{0, 0}}}, 1.0, {}};
  for (const SearchKind& kind : search_kinds()) {
    CAPTURE(kind.name);
    const auto search = make_search(kind.name, problem, {});
    CHECK(search->propose() == 0);
    search->observe({0, 0.5, 2.0, 0.01});
    CHECK_FALSE(search->propose());
    CHECK(search->best() == 0);
  }
}

TEST_CASE("an unknown search is refused with the names there are") {
  const SearchProblem problem = toy_problem(1.3);
  CHECK_THROWS_WITH_AS(
      make_search("annealing", problem, {}),
      "no search is named annealing: there are bayes, thompson, gradient, descent, gmd, sweep, "
      "random",
      std::invalid_argument);
}
