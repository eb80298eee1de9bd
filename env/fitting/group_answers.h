// Whether a log's server answers groups of requests at once. Pure function.
#pragma once

#include <span>

#include "env/logs/telemetry_row.h"
#include "env/sim/sim_config.h"

namespace flyball {

// `arrivals`: logged_arrivals() of these rows. True where groups came, and what was served ends
// with a group in nearly every row that served; a group that came within one row cannot tell.
bool answers_whole_groups(std::span<const TelemetryRow> rows, const Arrivals& arrivals);

}  // namespace flyball
