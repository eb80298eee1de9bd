// Rows of a log, numbered from its beginning, of which the first may be gone. A view.
#pragma once

#include <cstddef>
#include <span>

#include "env/logs/telemetry_row.h"

namespace flyball {

struct RowWindow {
  std::span<const TelemetryRow> rows;
  std::size_t first = 0;  // number of rows.front()

  std::size_t end() const { return first + rows.size(); }
  // Requires: first <= row < end().
  const TelemetryRow& operator[](std::size_t row) const { return rows[row - first]; }
  std::span<const TelemetryRow> part(std::size_t from, std::size_t to) const {
    return rows.subspan(from - first, to - from);
  }
};

// Rows of a log under one setting.
struct RowSpan {
  std::size_t begin = 0;
  std::size_t end = 0;   // one past the last
  std::size_t last = 0;  // the row whose telemetry shows how the span ended: `end`, or the row
                         // before it if the work ended with that
};

// Nobody leases, or the lease leaves the residents the full range.
inline bool is_residents(const TelemetryRow& row) {
  return !row.setting || row.decided_by == DecidedBy::kResident;
}

}  // namespace flyball
