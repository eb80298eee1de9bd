#include "replay/whole_batches.h"

#include <doctest/doctest.h>

#include "tests/replay/powered_rows.h"

using namespace flyball;

namespace {

// Four requests every fourth row, from row 1 on.
std::vector<TelemetryRow> batches_of_four(std::size_t count, double watts) {
  std::vector<TelemetryRow> rows = powered_rows(count, watts);
  for (std::size_t row = 0; row < count; ++row) {
    rows[row].after_effect.served = row % 4 == 1 ? 4.0 : 0.0;
    rows[row].after_effect.in_system_seconds = 0.4;
    rows[row].telemetry.application.refill(rows[row].telemetry.time_seconds).latency_mean_seconds =
        0.4;
  }
  return rows;
}

}  // namespace

TEST_CASE("whole batches run from the first completion to the last one") {
  const std::vector<TelemetryRow> rows = batches_of_four(21, 8.0);
  const auto batches = whole_batches({rows, 0}, {0, 20, 20}, 0);
  REQUIRE(batches.has_value());
  CHECK(batches->begin == 2);
  CHECK(batches->end == 18);
  CHECK(seconds_of({rows, 0}, *batches) == doctest::Approx(1.6));
  CHECK_FALSE(whole_batches({rows, 0}, {0, 4, 4}, 0).has_value());
}

TEST_CASE("a pinned setting that goes on takes the batch before along, but not past the segment") {
  std::vector<TelemetryRow> rows = batches_of_four(13, 8.0);
  for (TelemetryRow& row : rows) {
    row.setting = Setting::pinned(std::vector<Level>{1});
    row.decided_by = DecidedBy::kPolicy;
  }
  const RowSpan span{6, 11, 11};
  CHECK(whole_batches({rows, 0}, span, 0)->begin == 6);
  CHECK_FALSE(whole_batches({rows, 0}, span, 6).has_value());
  // Rows are numbered from the log's beginning, also when the first are gone.
  CHECK(whole_batches({{rows.data() + 5, 8}, 5}, span, 0)->begin == 6);
}

TEST_CASE("whole batches without power for more than a quarter of the time have no energy") {
  std::vector<TelemetryRow> rows = batches_of_four(21, 8.0);
  const RowSpan span{0, 20, 20};
  const auto credit = [&] {
    return credit_batches({rows, 0}, whole_batches({rows, 0}, span, 0).value(), {}, 0.4, {});
  };
  CHECK(*credit().energy_joules == doctest::Approx(8.0 * 1.6));
  without_power(rows, 6, 9);  // four of sixteen rows
  CHECK(*credit().energy_joules == doctest::Approx(8.0 * 1.6));
  without_power(rows, 9, 10);
  CHECK_FALSE(credit().energy_joules.has_value());
  CHECK(credit().served == 16.0);
}

TEST_CASE("costs are scaled to the requests' own times where each row tells them") {
  std::vector<TelemetryRow> rows = batches_of_four(21, 8.0);
  for (TelemetryRow& row : rows) row.telemetry.application.refill(0.0).latency_mean_seconds = 0.36;
  const auto batches = whole_batches({rows, 0}, {0, 20, 20}, 0).value();
  const SpanCost scaled = credit_batches({rows, 0}, batches, {}, 0.4, {});
  CHECK(scaled.seconds == doctest::Approx(0.9 * 1.6));
  CHECK(*scaled.energy_joules == doctest::Approx(0.9 * 8.0 * 1.6));
  rows[6].telemetry.application.refill(0.6).latency_mean_seconds.reset();
  CHECK(credit_batches({rows, 0}, batches, {}, 0.4, {}).seconds == doctest::Approx(1.6));
}
