#include "controllers/search/bayes_search.h"

#include <doctest/doctest.h>

#include "tests/controllers/search/toy_workload.h"

using namespace flyball;

namespace {

SearchProblem with_prior(double limit) {
  SearchProblem problem = toy_problem(limit);
  const std::vector<WorkloadSurface> others = {toy_surface(problem.space, {0.2, 0.6, 0.2}),
                                               toy_surface(problem.space, {0.05, 0.85, 0.1})};
  problem.prior = learned_prior(problem.space, others);
  return problem;
}

}  // namespace

TEST_CASE("with other workloads' prior, probing is near the optimum after ten samples") {
  for (const double limit : {1.1, 1.2, 1.5}) {
    const SearchProblem problem = with_prior(limit);
    BayesSearch search(problem, {SearchMode::kProbing});
    const ToyRun run = run_toy(problem, search, 10, 0.005);
    CAPTURE(limit);
    CHECK(run.gap <= 0.015);
    CHECK(run.worst <= 1.08);
  }
}

TEST_CASE(
    "a certified search never tries what is over the limit, with and without other workloads") {
  for (const double limit : {1.1, 1.2, 1.5, 2.0}) {
    for (const bool learned : {false, true}) {
      const SearchProblem problem = learned ? with_prior(limit) : toy_problem(limit);
      for (const std::uint64_t seed : {1, 2, 3}) {
        BayesSearch search(problem, {SearchMode::kCertified});
        const ToyRun run = run_toy(problem, search, 15, 0.005, seed);
        CAPTURE(limit);
        CAPTURE(learned);
        CHECK(run.worst <= 1.02);
        CHECK(run.keeps);
      }
    }
  }
}

TEST_CASE("without other workloads a certified step is no longer than the physical bound allows") {
  const SearchProblem problem = toy_problem(1.3);
  BayesSearch search(problem, {SearchMode::kCertified});
  const ToyRun run = run_toy(problem, search, 2);
  REQUIRE(run.tried.size() == 2);
  CHECK(problem.space.slowdown_bound(run.tried[0], run.tried[1]) <= 1.3 * 0.97);
}

TEST_CASE(
    "a workload whose highest clocks are over the limit has its fastest setting for an answer") {
  const SearchProblem problem = toy_problem(0.5);
  BayesSearch search(problem);
  run_toy(problem, search, 5);
  CHECK(search.best() == problem.space.start());
}

TEST_CASE("without a limit the least energy is sought") {
  SearchProblem problem{toy_space(), std::nullopt, {}};
  BayesSearch search(problem);
  double least = 1e99;
  for (std::size_t c = 0; c < problem.space.size(); ++c) {
    least = std::min(least, toy_joules(problem.space, c));
  }
  for (int i = 0; i < 15; ++i) {
    const std::optional<std::size_t> next = search.propose();
    if (!next) break;
    search.observe(
        {*next, toy_seconds(problem.space, *next), toy_joules(problem.space, *next), 0.001});
  }
  CHECK(toy_joules(problem.space, *search.best()) <= 1.02 * least);
}
