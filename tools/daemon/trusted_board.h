// The board's description as a daemon obeys it. Run as root it takes only a file that root or
// nobody else can write: tables, rails and zones decide what is governed.
#pragma once

#include <string>

#include "env/board.h"
#include "env/sim/board_config.h"

namespace flyball {

// By id ("nano-4gb") or by the path of a file. Throws ConfigError, and DataError where root is not
// to trust the file.
BoardConfig load_trusted_config(const std::string& id_or_path);
Board load_trusted_board(const std::string& id_or_path);

}  // namespace flyball
