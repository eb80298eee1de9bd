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
  CHECK(policy.guarded.guarded_share.has_value());
  CHECK_FALSE(policy.bare.guarded_share.has_value());
  CHECK(policy.least_squares.guarded_share.has_value());
  CHECK(policy.bare.requests == policy.guarded.requests);
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

TEST_CASE("what was judged is kept as it is") {
  const BlindPolicy policy{{0.1 + 0.2, 0.99, 7},
                           {0.3, 1.0 / 3.0, 7, 0.125},
                           {-0.1, 1.0, 7, 0.0},
                           {{"load x1.5", 0.99, 0.986, 0.98, 0.10, false}},
                           true};
  const auto kept = nlohmann::json::parse(nlohmann::json(policy).dump()).get<BlindPolicy>();
  CHECK(kept.bare.saving == policy.bare.saving);
  CHECK_FALSE(kept.bare.guarded_share.has_value());
  CHECK(kept.guarded.in_time == policy.guarded.in_time);
  CHECK(kept.guarded.guarded_share == policy.guarded.guarded_share);
  CHECK(kept.least_squares.requests == 7);
  REQUIRE(kept.variants.size() == 1);
  CHECK(kept.variants.front().variant == "load x1.5");
  CHECK(kept.variants.front().in_time_bare == 0.98);
  CHECK(kept.is_constant);
}
