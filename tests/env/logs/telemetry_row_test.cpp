#include "env/logs/telemetry_row.h"

#include <doctest/doctest.h>

using namespace flyball;

TEST_CASE("a row costs what it cost before and after the effect") {
  TelemetryRow row;
  row.before_effect = {0.25, 2.0, 0.5, 3.0, 1.0};
  row.after_effect = {0.75, 5.0, 1.0, 4.0, 0.0};
  const SpanCost cost = row.cost();
  CHECK(cost.seconds == 1.0);
  CHECK(cost.energy_joules == 7.0);
  CHECK(cost.in_system_seconds == 1.5);
  CHECK(cost.served == 7.0);
  CHECK(cost.missed == 1.0);
  CHECK(row.before_effect.seconds == 0.25);
}

TEST_CASE("a row has no energy where either part of it has none") {
  TelemetryRow row;
  row.before_effect = {0.25, std::nullopt, 0.5, 3.0, 1.0};
  row.after_effect = {0.75, 5.0, 1.0, 4.0, 0.0};
  CHECK_FALSE(row.cost().energy_joules.has_value());
  CHECK(row.cost().served == 7.0);
  row.before_effect.energy_joules = 2.0;
  row.after_effect.energy_joules.reset();
  CHECK_FALSE(row.cost().energy_joules.has_value());
}

TEST_CASE("a row of which nothing was said is the residents', of an unknown mode, uncut") {
  const TelemetryRow row;
  CHECK_FALSE(row.decided);
  CHECK(row.decided_by == DecidedBy::kResident);
  CHECK_FALSE(row.setting.has_value());
  CHECK_FALSE(row.probability.has_value());
  CHECK_FALSE(row.mode.has_value());
  CHECK_FALSE(row.at_effect.has_value());
  CHECK_FALSE(row.terminated);
  CHECK_FALSE(row.truncated);
  CHECK(row.cost().energy_joules == 0.0);
}
