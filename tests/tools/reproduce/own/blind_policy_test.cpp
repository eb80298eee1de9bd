#include "tools/reproduce/own/blind_policy.h"

#include <doctest/doctest.h>

using namespace flyball;

namespace {

// A short log, few steps, few arrivals.
ChangingCase small_case() {
  ChangingCase which = load_blind_case("bursts-agx-xavier");
  which.scenario.arrivals.duration_seconds = 12.0;
  which.scenario.seeds = {1};
  which.training.simulations.front().log.duration_seconds = 120.0;
  which.training.trainer.steps = 50;
  which.training.validation.reset();
  return which;
}

}  // namespace

TEST_CASE("a policy is judged with and without the guard, in every variant that was asked for") {
  const BlindPolicy policy = train_blind_policy(small_case(), 3, VariantEffort::kDeployed);
  CHECK(policy.guarded.figures.guard.has_value());
  CHECK_FALSE(policy.bare.figures.guard.has_value());
  CHECK(policy.least_squares.figures.guard.has_value());
  CHECK(policy.bare.figures.served + policy.bare.figures.unserved ==
        policy.guarded.figures.served + policy.guarded.figures.unserved);
  REQUIRE(policy.variants.size() == 3);  // what needs no training
  for (const VariantResult& result : policy.variants) {
    CAPTURE(result.variant);
    CHECK(result.asked > 0.0);
    CHECK(result.asked <= 0.99);
    CHECK(result.in_time > 0.0);
    CHECK_FALSE(result.refused);
  }
  const BlindPolicy again = train_blind_policy(small_case(), 3, VariantEffort::kNone);
  CHECK(again.variants.empty());
  CHECK(again.guarded.saving == policy.guarded.saving);
}
