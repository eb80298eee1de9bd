#include "replay/period_credit.h"

#include <doctest/doctest.h>

#include "tests/replay/powered_rows.h"

using namespace flyball;

TEST_CASE("a period's cost is the sum over its rows, the sensor's lag undone") {
  std::vector<TelemetryRow> rows = powered_rows(11, 8.0);
  rows[10].telemetry.total_watts.refill(1.0) = 9.0;
  const SplitCost cost = credit_period({rows, 0}, {0, 10, 10}, 0.5);
  CHECK(cost.after_effect.seconds == doctest::Approx(1.0));
  CHECK(cost.after_effect.served == 10.0);
  CHECK(*cost.after_effect.energy_joules == doctest::Approx(8.0 + 0.5 * 1.0));
  CHECK(cost.before_effect.energy_joules == 0.0);
}

TEST_CASE("a period is split where its setting took effect, in whichever row that was") {
  std::vector<TelemetryRow> rows = powered_rows(11, 8.0);
  const auto split = [&](std::size_t row, double before) {
    rows[row].before_effect = {before, 8.0 * before, 0.0, 0.0, 0.0};
    rows[row].after_effect = {0.1 - before, 8.0 * (0.1 - before), 0.1, before < 0.1 ? 1.0 : 0.0, 0};
  };
  split(0, 0.1);
  split(1, 0.1);
  split(2, 0.04);
  split(6, 0.03);  // the same setting, decided again: it runs already
  SplitCost cost = credit_period({rows, 0}, {0, 10, 10}, 0.0);
  CHECK(cost.before_effect.seconds == doctest::Approx(0.24));
  CHECK(*cost.before_effect.energy_joules == doctest::Approx(8.0 * 0.24));
  CHECK(cost.after_effect.seconds == doctest::Approx(0.76));
  CHECK(effect_row({rows.data(), 10}) == 2);
  for (std::size_t row = 2; row < 10; ++row) split(row, 0.1);
  CHECK(effect_row({rows.data(), 10}) == 10);
  CHECK(credit_period({rows, 0}, {0, 10, 10}, 0.0).after_effect.seconds == 0.0);
}

TEST_CASE("a quarter of a period without power counts at the mean of the rest") {
  std::vector<TelemetryRow> rows = powered_rows(21, 8.0);
  without_power(rows, 5, 9);
  const SplitCost cost = credit_period({rows, 0}, {0, 20, 20}, 0.4);
  CHECK(*cost.after_effect.energy_joules == doctest::Approx(16.0));
  without_power(rows, 9, 10);
  CHECK_FALSE(credit_period({rows, 0}, {0, 20, 20}, 0.4).after_effect.energy_joules.has_value());
}

TEST_CASE("without the reading at an end a period has no energy") {
  std::vector<TelemetryRow> rows = powered_rows(21, 8.0);
  without_power(rows, 20, 21);
  CHECK_FALSE(credit_period({rows, 0}, {0, 20, 20}, 0.4).after_effect.energy_joules.has_value());
  CHECK(credit_period({rows, 0}, {0, 19, 19}, 0.4).after_effect.energy_joules.has_value());
}

TEST_CASE("a period may end once a request is served or none is there") {
  std::vector<TelemetryRow> rows = powered_rows(4, 8.0);
  CHECK(may_end_period({rows, 0}, {0, 3, 3}));
  for (TelemetryRow& row : rows) row.after_effect.served = 0.0;
  CHECK(may_end_period({rows, 0}, {0, 3, 3}));
  rows[3].telemetry.application.refill(0.3).queue_length = 2;
  CHECK_FALSE(may_end_period({rows, 0}, {0, 3, 3}));
}
