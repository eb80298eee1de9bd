// flyball reproduce TABLE: published figures beside ours.
#pragma once

#include <CLI/CLI.hpp>

#include "tools/exit_codes.h"

namespace flyball {

// Adds the command; it writes its exit code to `result`, which must outlive the parsing.
void add_reproduce_command(CLI::App& app, CommandResult& result);

}  // namespace flyball
