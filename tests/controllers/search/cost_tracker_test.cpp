#include "controllers/search/cost_tracker.h"

#include <doctest/doctest.h>

#include "tests/controllers/search/toy_workload.h"

using namespace flyball;

namespace {

double cost(const SearchSpace& space, std::size_t c, const CostWeights& weights) {
  return weights.of(toy_joules(space, c), toy_seconds(space, c));
}

double least_cost(const SearchSpace& space, const CostWeights& weights) {
  double least = cost(space, 0, weights);
  for (std::size_t c = 1; c < space.size(); ++c) least = std::min(least, cost(space, c, weights));
  return least;
}

// Plays so many steps, measured without error worth speaking of; returns the last step's cost.
double play(CostTracker& tracker, const SearchSpace& space, const CostWeights& weights, int steps) {
  std::size_t played = 0;
  for (int i = 0; i < steps; ++i) {
    played = tracker.choose(weights);
    tracker.observe({played, toy_seconds(space, played), toy_joules(space, played), 0.002});
  }
  return cost(space, played, weights);
}

}  // namespace

TEST_CASE("before it knows anything it plays the highest clocks") {
  const SearchProblem problem = toy_problem(10.0);
  CHECK(CostTracker(problem, 1).choose({0.0, 1.0}) == problem.space.start());
}

TEST_CASE("the weights decide what it comes to, and the limit does not") {
  const SearchProblem problem = toy_problem(0.5);  // no setting is that fast
  for (const CostWeights& weights : {CostWeights{1.0, 0.0}, {0.0, 1.0}, {1.0, 10.0}}) {
    CAPTURE(weights.per_second);
    CostTracker tracker(problem, 3);
    CHECK(play(tracker, problem.space, weights, 40) <= 1.02 * least_cost(problem.space, weights));
  }
}

TEST_CASE("after a change of weights what it has learned serves at once") {
  const SearchProblem problem = toy_problem(10.0);
  const CostWeights energy{1.0, 0.0};
  const CostWeights time{0.2, 20.0};
  CostTracker tracker(problem, 3);
  play(tracker, problem.space, energy, 60);
  const double at_once = play(tracker, problem.space, time, 1);
  CHECK(at_once <= 1.05 * least_cost(problem.space, time));
  CHECK(play(tracker, problem.space, energy, 1) <= 1.02 * least_cost(problem.space, energy));
}

TEST_CASE("the same seed and the same samples are the same settings") {
  const SearchProblem problem = toy_problem(10.0);
  CostTracker one(problem, 7);
  CostTracker other(problem, 7);
  for (int i = 0; i < 10; ++i) {
    const std::size_t played = one.choose({1.0, 1.0});
    REQUIRE(other.choose({1.0, 1.0}) == played);
    const SearchSample sample{played, toy_seconds(problem.space, played),
                              toy_joules(problem.space, played), 0.005};
    one.observe(sample);
    other.observe(sample);
  }
}
