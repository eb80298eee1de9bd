// When requests arrived, as far as a telemetry log tells: it counts them by rows, and its sums of
// time in the system and of latencies tell the mean arrival within a row. Pure function.
#pragma once

#include <span>

#include "env/logs/telemetry_row.h"
#include "env/sim/sim_config.h"

namespace flyball {

// Times count from the first row. Exact where one request arrived in a row, or a group of them
// together, and was not served within it; others are spread evenly inside their row. Where
// they always come by the same number they are groups of that; where most that are answered within
// one row were as long in the system, all of a row are a group. Where
// the number in the system never changes it is a closed loop. Requires: rows without a gap, with an
// application. The arrivals of the last row are not known: its end is not in the log.
Arrivals logged_arrivals(std::span<const TelemetryRow> rows);

}  // namespace flyball
