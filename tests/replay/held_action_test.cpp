#include "replay/held_action.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/replay/sample_log.h"

using namespace flyball;

namespace {

HeldAction held_of(const TelemetryLogHeader& header, const std::vector<std::string>& caps = {}) {
  GovernorScope scope;
  scope.plant = &header.plant;
  scope.knobs = header.plant.knobs;
  scope.limits = header.plant.limits;
  return HeldAction(header, scope, 0.9, caps);
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

TEST_CASE("of a capped knob the ceiling is the action, whatever the resident runs below it") {
  TelemetryLogHeader header = one_gpu();
  std::vector<TelemetryRow> rows(10, row_at(1e8));
  for (TelemetryRow& row : rows) row.setting.emplace().resize(1);
  for (TelemetryRow& row : rows) (*row.setting)[0] = {0, 1};
  rows[5] = rows[2] = row_at(4e8);
  rows[5].setting = rows[2].setting = rows[0].setting;
  CHECK(held_of(header, {"gpu"}).of(rows) == std::vector<Level>{1});
  CHECK_FALSE(held_of(header).of(rows).has_value());  // as a pin it is no action at all
}

TEST_CASE("residents without a cap are at the highest one, and a pin is no cap") {
  const TelemetryLogHeader header = one_gpu();
  std::vector<TelemetryRow> rows(10, row_at(1e8));
  CHECK(held_of(header, {"gpu"}).of(rows) == std::vector<Level>{2});
  for (TelemetryRow& row : rows) row.setting = Setting::pinned(std::vector<Level>{1});
  CHECK_FALSE(held_of(header, {"gpu"}).of(rows).has_value());
  for (TelemetryRow& row : rows) row.setting = Setting::pinned(std::vector<Level>{0});
  CHECK(held_of(header, {"gpu"}).of(rows) == std::vector<Level>{0});  // the lowest cap is a pin
}
