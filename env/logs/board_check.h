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

// One sentence for each fact that the board cannot have: another number of CPUs, rails of others, a
// clock above its table or between the entries. Empty: the log can be of this board.
std::vector<std::string> board_mismatches(const TegrastatsLog& log, const Board& board);

// The same for a power mode: CPUs and clocks that it forbids. Absent: the log can be of this mode.
std::optional<std::string> mode_mismatch(const TegrastatsLog& log, const Board& board,
                                         const PowerMode& mode);

// Ids of those boards that the log can be of.
std::vector<std::string> fitting_boards(const TegrastatsLog& log, std::span<const Board> boards);

}  // namespace flyball
