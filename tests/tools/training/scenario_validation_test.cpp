#include "tools/training/scenario_validation.h"

#include <doctest/doctest.h>

#include "tests/support/queue_policy.h"
#include "tools/config/scenario.h"

using namespace flyball;

namespace {

const char* const kScenario = "street-tx2";

ValidationFigures figures_of(double scale) {
  ValidationConfig config;
  config.scenario = kScenario;
  config.seed = 7;
  const auto policy = queue_policy(make_plan(load_scenario(kScenario), {7}), scale);
  const MeasurePolicy measure = measure_on_scenario(config);
  const ValidationFigures first = measure(*policy);
  const ValidationFigures again = measure(*policy);  // stock is not run again
  CHECK(again.saving == first.saving);
  CHECK(again.in_time_share == first.in_time_share);
  return first;
}

}  // namespace

TEST_CASE("a policy that serves in time only because the guard stops it is not feasible") {
  const ValidationFigures blind = figures_of(0.0);
  CHECK(!blind.feasible);
  CHECK(blind.in_time_share < 0.9);  // what it does by itself, not what the guard makes of it
}

TEST_CASE("a policy that keeps up by itself is feasible") {
  const ValidationFigures good = figures_of(10.0);
  CHECK(good.feasible);
  CHECK(good.in_time_share > 0.99);
}
