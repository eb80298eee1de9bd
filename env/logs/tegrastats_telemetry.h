// The board's part of a telemetry log, made of a tegrastats log: what its lines show of clocks,
// loads, power and temperatures, in SI. Frequencies, which tegrastats cuts to whole MHz, are those
// of the board's table where one shows so. What a line does not show is absent, never 0. Pure.
#pragma once

#include <string>
#include <vector>

#include "env/board.h"
#include "env/logs/tegrastats.h"
#include "env/logs/telemetry_row.h"

namespace flyball {

struct ShownPlant {
  PlantDescription plant;
  std::vector<std::string> missing;  // names of domains that no line shows a frequency of
};

// `plant` with only those domains that the log shows anywhere, and the knobs of these alone.
// Requires: lines that show CPUs show all of the board's.
ShownPlant shown_plant(const PlantDescription& plant, const TegrastatsLog& log);

// One row per line, with periods and energy; nothing of the application. Loads become cumulative
// busy seconds: each covers the time since the load before it, over lines that show none as well,
// and nothing where a stretch without a gap begins. A row's energy is the trapezoid to the next;
// the last row of a stretch lasts one mean interval. Requires: `plant` is of `board`, and lines as
// above.
std::vector<TelemetryRow> board_rows(const Board& board, const PlantDescription& plant,
                                     const TegrastatsLog& log);

}  // namespace flyball
