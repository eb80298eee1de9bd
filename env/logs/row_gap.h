// Whether something is missing between two rows of a telemetry log. Pure.
#pragma once

#include "env/logs/telemetry_row.h"

namespace flyball {

// Rows further apart than this many of their periods have a gap between them.
constexpr double kGapFactor = 1.5;

// By the rows' times alone, backwards included; a cut that the log marks is not looked at.
inline bool is_gap(const TelemetryRow& row, const TelemetryRow& next, double factor = kGapFactor) {
  const double step = next.telemetry.time_seconds - row.telemetry.time_seconds;
  return step > factor * row.period_seconds || step < 0.0;
}

}  // namespace flyball
