// Holds what a log shows against the description of the board that it is said to be of. A few odd
// lines say nothing (clocks are measured, also while they switch): shares decide. Pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "env/board.h"
#include "env/logs/tegrastats.h"

namespace flyball {

// One sentence for each thing that does not fit.
struct BoardMismatches {
  std::vector<std::string> impossible;  // other CPUs, foreign rails, clocks above the table
  std::vector<std::string> odd;  // clocks between the entries: measured ones, or other tables

  bool empty() const { return impossible.empty() && odd.empty(); }
};
BoardMismatches board_mismatches(const TegrastatsLog& log, const Board& board);

// The same for a power mode: CPUs and clocks that it forbids. Absent: the log can be of this mode.
std::optional<std::string> mode_mismatch(const TegrastatsLog& log, const Board& board,
                                         const PowerMode& mode);

// Ids of those boards that the log fits in all.
std::vector<std::string> fitting_boards(const TegrastatsLog& log, std::span<const Board> boards);

}  // namespace flyball
