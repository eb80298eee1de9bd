#pragma once

#include <CLI/CLI.hpp>

#include "tools/exit_codes.h"

namespace flyball {

// flyball search: the best fixed setting of a board, found in few samples.
void add_search_command(CLI::App& app, CommandResult& result);

}  // namespace flyball
