// `flyball reproduce agent`: policies learned offline on the cells of RPE, against the oracle.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tools/reproduce/common/effort.h"
#include "tools/reproduce/common/reproduction_table.h"

namespace flyball {

struct AgentTableOptions {
  Effort effort = Effort::kAll;        // quick: one cell per board, its hardest
  std::optional<std::uint64_t> seeds;  // per cell, drawn from the date; absent: 1 to 5 (quick: 3)
  std::string date;
  unsigned threads = 2;  // the figures do not depend on their number
};

// Trains and judges both learners, least squares and the DQN, on as many logs of 2 hours as there
// are seeds and as many of 30 minutes.
void reproduce_agent_cells(const AgentTableOptions& options, ReproductionTable& table);

}  // namespace flyball
