#include "replay/held_action.h"

#include <doctest/doctest.h>

#include <vector>

#include "tests/replay/sample_log.h"

using namespace flyball;

namespace {

HeldAction held_of(const TelemetryLogHeader& header) {
  GovernorScope scope;
  scope.plant = &header.plant;
  scope.knobs = header.plant.knobs;
  scope.limits = header.plant.limits;
  return HeldAction(header, scope, 0.9);
}

TelemetryRow row_at(double hertz) {
  TelemetryRow row;
  row.period_seconds = 0.1;
  DomainTelemetry gpu;
  gpu.effective_hz = gpu.requested_hz = hertz;
  row.telemetry.domains.refill(0.0) = {gpu};
  return row;
}

}  // namespace

TEST_CASE("a level that residents kept for nine tenths of the time is an action") {
  const TelemetryLogHeader header = one_gpu();
  std::vector<TelemetryRow> rows(10, row_at(2e8));
  rows[3] = row_at(4e8);
  CHECK(held_of(header).of(rows) == std::vector<Level>{1});
  rows[4] = row_at(4e8);
  CHECK_FALSE(held_of(header).of(rows).has_value());
}

TEST_CASE("rows that do not tell the level count as time without it") {
  const TelemetryLogHeader header = one_gpu();
  std::vector<TelemetryRow> rows(10, row_at(2e8));
  rows[0].telemetry.domains.clear();
  CHECK(held_of(header).of(rows) == std::vector<Level>{1});
  rows[1].telemetry.domains.clear();
  CHECK_FALSE(held_of(header).of(rows).has_value());
}

TEST_CASE("a pinned setting is the action, whatever is in effect yet") {
  const TelemetryLogHeader header = one_gpu();
  std::vector<TelemetryRow> rows(4, row_at(4e8));
  for (TelemetryRow& row : rows) row.setting = Setting::pinned(std::vector<Level>{0});
  CHECK(held_of(header).of(rows) == std::vector<Level>{0});
}

TEST_CASE("a row that does not tell its level runs at the mode's ceiling") {
  const TelemetryLogHeader header = one_gpu();
  HeldAction held = held_of(header);
  CHECK(held.in_row({}) == std::vector<Level>{2});
  held.set_limits(std::vector<LevelRange>{{0, 1}});
  CHECK(held.in_row({}) == std::vector<Level>{1});
  CHECK(held.in_row(row_at(1e8)) == std::vector<Level>{0});
}
