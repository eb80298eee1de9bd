// A workload file's table of model "fitted", written by `flyball fit`: reading and writing. What
// the values mean is in env/model/fitted_model.h; the schema is in configs/README.md.
#pragma once

#include <string>

#include "env/board.h"
#include "env/model/fitted_model.h"
#include "tools/toml_reader.h"

namespace flyball {

// The table [boards.BOARD_ID]. Throws ConfigError; FittedModel checks the values.
FittedParameters read_fitted(const TomlTable& table);

// The same table as text, with its header; what is read back is bit for bit what was written.
std::string fitted_to_toml(const FittedParameters& parameters, const Board& board);

}  // namespace flyball
