#include "controllers/search/thompson_search.h"

#include <doctest/doctest.h>

#include "tests/controllers/search/toy_workload.h"

using namespace flyball;

TEST_CASE("Thompson sampling comes near the optimum within 25 samples") {
  const SearchProblem problem = toy_problem(1.3);
  for (const std::uint64_t seed : {1, 2, 3}) {
    ThompsonSearch search(problem, seed);
    const ToyRun run = run_toy(problem, search, 25, 0.005, seed);
    CAPTURE(seed);
    CHECK(run.gap <= 0.03);
  }
}

TEST_CASE("asking twice without a sample draws once, the seed decides") {
  const SearchProblem problem = toy_problem(1.3);
  const auto tried = [&](std::uint64_t seed) {
    ThompsonSearch search(problem, seed);
    return run_toy(problem, search, 8).tried;
  };
  CHECK(tried(1) == tried(1));
  CHECK(tried(1) != tried(2));
  ThompsonSearch search(problem, 1);
  run_toy(problem, search, 4);
  const auto once = search.propose();
  CHECK(search.propose() == once);
}
