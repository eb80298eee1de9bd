// What rows made of a board's log lack or show amiss: power of the module, parts that draw more
// than the whole, clocks. For whoever imports the log. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "env/board.h"
#include "env/logs/tegrastats.h"
#include "env/logs/telemetry_row.h"

namespace flyball {

// One line each, counting rows; none: nothing is amiss. Requires: rows with the rails of `board`
// and the domains of `plant`.
std::vector<std::string> board_row_warnings(const Board& board, const PlantDescription& plant,
                                            const std::vector<TelemetryRow>& rows);

// Rails of the lines that `board` has not, under whatever capitals; absent: there are none.
std::optional<std::string> foreign_rails_warning(const Board& board, const TegrastatsLog& log);

}  // namespace flyball
