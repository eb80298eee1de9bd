// `flyball reproduce front`: one policy per board traces the front between energy and latency, in
// every power mode, against the best fixed setting of each point.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "tools/reproduce/common/effort.h"
#include "tools/reproduce/common/reproduction_table.h"

namespace flyball {

struct FrontOptions {
  Effort effort = Effort::kAll;
  unsigned threads = 2;                       // the figures do not depend on them
  std::optional<std::filesystem::path> plot;  // SVG of the fronts
};

// Two boards, three seeds; deadlines; mask against multiplier. Quick: a board, a seed and half of
// the points. Throws DataError when the plot cannot be written, Interrupted.
void reproduce_front(const FrontOptions& options, ReproductionTable& table);

}  // namespace flyball
