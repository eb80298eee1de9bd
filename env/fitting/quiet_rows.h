// What a log's idle board draws, by the GPU's clock: rows in which nothing is served. Pure
// function.
#pragma once

#include <span>
#include <vector>

#include "env/logs/telemetry_log.h"
#include "env/model/work_model.h"
#include "env/sim/board_config.h"

namespace flyball {

// Rows at one GPU clock, means of them all.
struct QuietRows {
  BoardState state;  // by the board's domains: clocks, and the cores that are busy all the same
  double watts = 0.0;
  double seconds = 0.0;
};

// Quiet: no request in the system, no load on the GPU and hardly any on the CPUs, and the GPU's
// clock the same, since longer than a sensor averages. Grouped by the GPU's clock, ascending; first
// those in which it is off: shown without a clock, or without power on a rail of its own. None
// where the log lacks one of the board's domains.
std::vector<QuietRows> quiet_rows(const TelemetryLogHeader& header,
                                  std::span<const TelemetryRow> rows, const BoardConfig& board);

}  // namespace flyball
