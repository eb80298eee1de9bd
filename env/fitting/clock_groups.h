// Rows of a log by the clock that a setting pinned: where a knob was turned at random, what its
// low, middle and high clocks came to differs by that clock alone. Pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "env/fitting/log_samples.h"
#include "env/logs/telemetry_log.h"

namespace flyball {

inline constexpr std::size_t kClockGroups = 3;

// Of a knob: rows[i] are those at which group i's settings came into force.
struct ClockGroups {
  std::string knob;
  std::vector<std::vector<std::size_t>> rows;  // kClockGroups, ascending clocks
};

// For each leased knob of the board's whose pinned levels differ; a third of the pinned rows in a
// group, as far as the levels allow.
std::vector<ClockGroups> clock_groups(const TelemetryLogHeader& header,
                                      std::span<const TelemetryRow> rows);

struct GroupFigures {
  double seconds = 0.0;
  double joules = 0.0;
  double in_system_seconds = 0.0;
  double gpu_busy_seconds = 0.0;

  GroupFigures& operator+=(const GroupFigures& other);
};
// From each row to the next. Power that was not read counts as none.
GroupFigures figures_of(std::span<const LogSample> samples, std::span<const std::size_t> rows);

}  // namespace flyball
