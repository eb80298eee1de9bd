// Logs of a board that are not tegrastats' own: jtop's CSV, parsed tegrastats, any CSV (or JSON
// lines) with one row per sample. Pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "env/board.h"
#include "env/logs/board_columns.h"
#include "env/logs/tegrastats.h"

namespace flyball {

// Whether a text is tegrastats' own output: one of its first lines shows RAM and CPU as tegrastats
// does, or nothing is in it.
bool is_tegrastats(std::string_view text);

struct BoardCsv {
  TegrastatsLog log;
  std::vector<std::string> notes;  // what was taken for what, what the source lacks
};

// `text` came from `path`. What no column shows is absent. Throws LogError: no CSV, no time,
// nothing of the board; what read_tegrastats_log throws for lines that cannot be placed in time.
BoardCsv parse_board_csv(const std::string& path, std::string text, const Board& board,
                         std::span<const BoardColumn> told, const TegrastatsOptions& options);

}  // namespace flyball
