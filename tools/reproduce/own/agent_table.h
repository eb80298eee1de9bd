// `flyball reproduce agent`: policies learned offline on the cells of RPE, against the oracle.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/reproduce/common/effort.h"
#include "tools/reproduce/common/reproduction_table.h"

namespace flyball {

// All 18 cells; quick: one per board. Trains and judges 5 policies per cell on 2 hours of log and 5
// on 30 minutes (quick: 3 and 3), on `threads` threads; the figures do not depend on their number.
void reproduce_agent_cells(Effort cells, unsigned threads, ReproductionTable& table);

}  // namespace flyball
