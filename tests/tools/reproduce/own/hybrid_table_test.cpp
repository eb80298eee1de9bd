#include "tools/reproduce/own/hybrid_table.h"

#include <doctest/doctest.h>

using namespace flyball;

namespace {

// One clock of five levels; time falls with it, energy is least at the second.
SearchSpace space() { return {{{"gpu", {1e8, 2e8, 4e8, 6e8, 8e8}, {0}}}, {{0, 4}}}; }

WorkloadSurface surface() {
  return {"small", {8.0, 4.0, 2.0, 1.4, 1.0}, {5.0, 3.0, 4.0, 5.0, 6.0}};
}

SearchProblem problem(double limit) {
  return {space(), limit, learned_prior(space(), std::vector<WorkloadSurface>{surface()})};
}

}  // namespace

TEST_CASE("the setting that a surface takes for the best is within the slowdown of its own start") {
  CHECK(believed_best(space(), surface(), 10.0) == 1);
  CHECK(believed_best(space(), surface(), 3.9) == 2);
  CHECK(believed_best(space(), surface(), 1.1) == 4);
}

TEST_CASE("a certified search that knows the workload comes near without a try over the limit") {
  const HybridTrial trial = try_hybrid(problem(2.5), surface(), 10, {0.001, 0.001, 1});
  CHECK(trial.samples <= 4.0);
  CHECK(trial.gap == doctest::Approx(0.0));
  CHECK(trial.worst_try <= 0.0);
  CHECK_FALSE(trial.is_over);
}

TEST_CASE("a search that is not near at its end counts as one more sample than it was given") {
  const HybridTrial trial = try_hybrid(problem(2.5), surface(), 1, {0.001, 0.001, 1});
  CHECK(trial.samples == 2.0);
  CHECK(trial.gap == doctest::Approx(0.5));
  CHECK(trial.worst_try == doctest::Approx(1.0 / 2.5 - 1.0));
}
