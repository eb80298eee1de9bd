#include "tools/reproduce/own/delay_policy.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tools/reproduce/own/blind_cases.h"

using namespace flyball;

namespace {

// A short log, few steps, few arrivals.
ChangingCase small_case(const char* id) {
  ChangingCase which = load_blind_case(id);
  which.scenario.arrivals.duration_seconds = 12.0;
  which.scenario.seeds = {1};
  which.training.simulations.front().log.duration_seconds = 240.0;
  which.training.trainer.steps = 50;
  which.training.validation.reset();
  return which;
}

}  // namespace

TEST_CASE("in every scenario a decision takes effect long after its observation") {
  for (const char* id : delay_scenarios()) {
    CAPTURE(id);
    const ControlConfig control = load_blind_case(id).scenario.control;
    const auto& think = control.think_seconds.seconds;
    REQUIRE_FALSE(think.empty());
    const double longest = *std::max_element(think.begin(), think.end());
    const bool thinks_long = longest >= 0.5 * control.period_seconds;
    const auto& low = control.actuation.low_of(DomainKind::kGpu);
    const bool follows_slowly = low && low->mean_seconds() >= 0.02;
    CHECK((thinks_long || follows_slowly));
    if (thinks_long) CHECK(control.think_seconds.stay > 1);  // the last one tells of the next
  }
}

TEST_CASE("the blind agent differs from the concurrent one by what it is told, nothing else") {
  const TrainConfig recipe = load_blind_case("slow-controller-tx2").training;
  const TrainConfig knows = concurrent(recipe);
  TrainConfig blind = blind_to_delay(knows);
  CHECK(knows.spans.encoder.with_previous_action);
  CHECK(knows.spans.encoder.with_action_age);
  CHECK(knows.spans.encoder.with_t_as);
  CHECK_FALSE(blind.spans.encoder.with_previous_action);
  CHECK_FALSE(blind.spans.encoder.with_action_age);
  CHECK_FALSE(blind.spans.encoder.with_t_as);
  CHECK(blind.spans.encoder.with_queue == knows.spans.encoder.with_queue);
  CHECK(blind.trainer.steps == knows.trainer.steps);
  REQUIRE(blind.simulations.size() == knows.simulations.size());
  const double explored = knows.simulations.front().log.explore;
  CHECK(explored > recipe.simulations.front().log.explore);
  CHECK(blind.simulations.front().log.explore == explored);
}

TEST_CASE("one seed is four agents on the same arrivals, guarded, the same ones again") {
  const ChangingCase which = small_case("slow-controller-tx2");
  const DelayPolicy policy = train_delay_policies(which, 3);
  for (const JudgedRun* result :
       {&policy.concurrent, &policy.blind, &policy.recipe, &policy.least_squares}) {
    CHECK(result->guarded_share.has_value());
    CHECK(result->requests == policy.concurrent.requests);
  }
  CHECK(train_delay_policies(which, 3).concurrent.saving == policy.concurrent.saving);
}
