// `flyball reproduce front`: one policy per board traces the front between energy and latency, in
// every power mode, against the best fixed setting of each point.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "tools/reproduce/reproduction_table.h"

namespace flyball {

enum class FrontEffort : std::uint8_t {
  kQuick,  // a board, a seed and half of the points
  kAll,    // two boards, three seeds; deadlines; mask against multiplier
};

struct FrontOptions {
  FrontEffort effort = FrontEffort::kAll;
  unsigned threads = 2;                       // the figures do not depend on them
  std::optional<std::filesystem::path> plot;  // SVG of the fronts
};

// Throws InputError when the plot cannot be written, CommandError when interrupted.
void reproduce_front(const FrontOptions& options, ReproductionTable& table);

}  // namespace flyball
