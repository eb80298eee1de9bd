// Rows of a saturated job at constant power, of which some lack it. For tests.
#pragma once

#include <cstddef>
#include <vector>

#include "env/span_cost.h"
#include "replay/row_window.h"

namespace flyball {

// Reads the rows' power anew: each gets the energy up to the next one.
inline void measure(std::vector<TelemetryRow>& rows) {
  for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
    rows[i].after_effect.energy_joules = energy_between(
        rows[i].telemetry.total_watts, rows[i + 1].telemetry.total_watts, rows[i].period_seconds);
  }
}

// Rows of 0.1 s at `watts`, a request served in each.
inline std::vector<TelemetryRow> powered_rows(std::size_t count, double watts) {
  std::vector<TelemetryRow> rows(count);
  for (std::size_t i = 0; i < count; ++i) {
    TelemetryRow& row = rows[i];
    row.telemetry.time_seconds = 0.1 * static_cast<double>(i);
    row.telemetry.total_watts.refill(row.telemetry.time_seconds) = watts;
    row.telemetry.application.refill(row.telemetry.time_seconds).latency_mean_seconds = 0.1;
    row.period_seconds = 0.1;
    row.after_effect = {0.1, 0.0, 0.1, 1.0, 0.0};
  }
  measure(rows);
  return rows;
}

inline void without_power(std::vector<TelemetryRow>& rows, std::size_t begin, std::size_t end) {
  for (std::size_t row = begin; row < end; ++row) rows[row].telemetry.total_watts.clear();
  measure(rows);
}

}  // namespace flyball
