#include "replay/row_window.h"

#include <doctest/doctest.h>

#include <vector>

using namespace flyball;

namespace {

std::vector<TelemetryRow> numbered_rows(std::size_t count) {
  std::vector<TelemetryRow> rows(count);
  for (std::size_t i = 0; i < count; ++i) rows[i].telemetry.time_seconds = static_cast<double>(i);
  return rows;
}

}  // namespace

TEST_CASE("rows keep their numbers when the first of them are gone") {
  const std::vector<TelemetryRow> rows = numbered_rows(6);
  const RowWindow whole{rows, 0};
  const RowWindow late{std::span(rows).subspan(2), 2};
  CHECK(whole.end() == 6);
  CHECK(late.end() == 6);
  for (std::size_t row = 2; row < 6; ++row) {
    CHECK(&late[row] == &whole[row]);
    CHECK(late[row].telemetry.time_seconds == static_cast<double>(row));
  }
}

TEST_CASE("a part is told by the log's numbers, its end excluded") {
  const std::vector<TelemetryRow> rows = numbered_rows(6);
  const RowWindow late{std::span(rows).subspan(2), 2};
  const auto part = late.part(3, 5);
  REQUIRE(part.size() == 2);
  CHECK(part[0].telemetry.time_seconds == 3.0);
  CHECK(part[1].telemetry.time_seconds == 4.0);
  CHECK(late.part(2, 6).size() == 4);
  CHECK(late.part(6, 6).empty());
}

TEST_CASE("a window of no rows ends where it begins") {
  const RowWindow empty{{}, 7};
  CHECK(empty.end() == 7);
  CHECK(empty.part(7, 7).empty());
}

TEST_CASE("residents decide where nobody leases, or the lease leaves it to them") {
  TelemetryRow row;
  CHECK(is_residents(row));
  row.decided_by = DecidedBy::kPolicy;  // without a setting nobody else does
  CHECK(is_residents(row));
  row.setting = Setting::pinned(std::vector<Level>{1});
  CHECK_FALSE(is_residents(row));
  row.decided_by = DecidedBy::kRandom;
  CHECK_FALSE(is_residents(row));
  row.decided_by = DecidedBy::kResident;
  CHECK(is_residents(row));
}
