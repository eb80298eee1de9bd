// A board's file, configs/boards/NAME.toml, as a BoardConfig. Keys: board_toml.h.
#pragma once

#include <string>
#include <vector>

#include "env/sim/board_config.h"
#include "tools/toml_reader.h"

namespace flyball {

// By id ("nano-4gb") or by the path of a file. `assignments`: "KEY=VALUE", set over the file's.
// Throws ConfigError saying where and what is wrong.
BoardConfig load_board(const std::string& id_or_path,
                       const std::vector<std::string>& assignments = {});

// The parts of it. Throws ConfigError.
BoardConfig read_board(const TomlTable& file);

}  // namespace flyball
