// Logs of a board that are not tegrastats' own: jtop's CSV, parsed tegrastats, any CSV (or JSON
// lines) with one row per sample. Pure functions.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "env/board.h"
#include "env/logs/board_columns.h"
#include "env/logs/tegrastats.h"

namespace flyball {

// Whether the file is tegrastats' own output: its first line with something in it shows RAM and CPU
// as tegrastats does. Throws std::system_error when it cannot be read.
bool is_tegrastats(const std::string& path);

struct BoardCsv {
  TegrastatsLog log;
  std::vector<std::string> notes;  // what was taken for what, what the source lacks
};

// What no column shows is absent. Throws LogError: no CSV, no time, nothing of the board; what
// read_tegrastats_log throws for lines that cannot be placed in time.
BoardCsv read_board_csv(const std::string& path, const Board& board,
                        std::span<const BoardColumn> told, const TegrastatsOptions& options);

}  // namespace flyball
