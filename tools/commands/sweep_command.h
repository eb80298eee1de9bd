// flyball sweep: every fixed CPU and GPU frequency of a board, run to the end.
#pragma once

#include <CLI/CLI.hpp>

#include "tools/exit_codes.h"

namespace flyball {

void add_sweep_command(CLI::App& app, CommandResult& result);

}  // namespace flyball
