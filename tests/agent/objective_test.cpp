#include "agent/objective.h"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace flyball;

TEST_CASE("per request a span's cost does not depend on how long it was") {
  ObjectiveConfig config;
  config.per_request = true;
  config.constraint = ConstraintLimit{ConstraintKind::kLatency, 0.5, 0.9};
  const SpanCost one{1.0, 5.0, 2.0, 4.0, 0.0};
  SpanCost two = one;
  two += one;
  CHECK(cost_of(config, one) == doctest::Approx(1.25));
  CHECK(cost_of(config, two) == doctest::Approx(1.25));
  CHECK(constraint_of(config, two) == doctest::Approx(0.5));
  CHECK(constraint_threshold(config) == doctest::Approx(0.45));
}

TEST_CASE("summed over time the constraint is the excess over what is allowed") {
  ObjectiveConfig config;
  config.constraint = ConstraintLimit{ConstraintKind::kMissRate, 0.1, 0.5};
  const SpanCost span{1.0, 5.0, 2.0, 40.0, 3.0};
  CHECK(constraint_of(config, span) == doctest::Approx(3.0 - 0.05 * 40.0));
  CHECK(constraint_threshold(config) == 0.0);
  config.constraint->kind = ConstraintKind::kLatency;
  CHECK(constraint_of(config, span) == doctest::Approx(2.0 - 0.05 * 40.0));
}

TEST_CASE("an objective's error names the key") {
  ObjectiveConfig config;
  config.constraint = ConstraintLimit{ConstraintKind::kLatency, 0.0, 1.0};
  CHECK_THROWS_WITH_AS(validate(config), "constraint.limit = 0: must be > 0",
                       std::invalid_argument);
  config.constraint = ConstraintLimit{ConstraintKind::kLatency, 1.0, 1.5};
  CHECK_THROWS_WITH_AS(validate(config), "constraint.margin = 1.5: must be in (0, 1]",
                       std::invalid_argument);
}
