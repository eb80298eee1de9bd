// A workload file's table of model "fitted", written by `flyball fit`: what becomes of what was
// read, and writing. What the values mean is in env/model/fitted_model.h.
#pragma once

#include <string>

#include "env/board.h"
#include "env/model/fitted_model.h"
#include "tools/config/workload_toml.h"

namespace flyball {

// Throws std::invalid_argument naming the key at fault; FittedModel checks the rest.
FittedParameters fitted_parameters(const FittedToml& toml);

// The table [boards.BOARD_ID] as text, with its header; what is read back is bit for bit what was
// written.
std::string fitted_to_toml(const FittedParameters& parameters, const Board& board,
                           const ServingTraits& serving = {});

}  // namespace flyball
