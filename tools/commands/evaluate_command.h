// flyball evaluate: governors compared on the same work.
#pragma once

#include <CLI/CLI.hpp>

#include "tools/exit_codes.h"

namespace flyball {

void add_evaluate_command(CLI::App& app, CommandResult& result);

}  // namespace flyball
