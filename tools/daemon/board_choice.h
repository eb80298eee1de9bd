// Which of the described boards is under a root: by the tables that its files show, and among those
// with the same tables by the module that the device tree names.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "env/board.h"
#include "env/jetson/board_probe.h"

namespace flyball {

struct ProbedBoard {
  Board board;
  BoardProbe probe;
};

// Every described board held against the root, those that fit best first. Throws
// CommandError(kExitRefused) where no board is there, and as load_trusted_board() does.
std::vector<ProbedBoard> probe_all(const std::filesystem::path& root);

// The board named, an id or a file; empty: the only described one that fits. Throws as above, and
// CommandError(kExitRefused) naming the boards where none fits, or more than one.
Board choose_board(const std::filesystem::path& root, const std::string& named);

}  // namespace flyball
