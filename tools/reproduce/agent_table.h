// `flyball reproduce agent`: policies learned offline on the cells of RPE, against the oracle.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/reproduce/reproduction_table.h"

namespace flyball {

enum class AgentCells : std::uint8_t { kQuick, kAll };  // one cell per board, or all 18

// Trains and judges 5 policies per cell on 2 hours of log and 5 on 30 minutes (quick: 3 and 3), on
// `threads` threads; the figures do not depend on their number.
void reproduce_agent_cells(AgentCells cells, unsigned threads, ReproductionTable& table);

}  // namespace flyball
