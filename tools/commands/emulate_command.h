// flyball emulate: a board's file tree, mounted and driven by the engine in real time.
#pragma once

#include <CLI/CLI.hpp>

#include "tools/exit_codes.h"

namespace flyball {

// Adds the command; it writes its exit code to `result`, which must outlive the parsing.
void add_emulate_command(CLI::App& app, CommandResult& result);

}  // namespace flyball
