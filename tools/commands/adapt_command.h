// flyball adapt: a policy that governs a simulated board and goes on learning meanwhile.
#pragma once

#include <CLI/CLI.hpp>

#include "tools/exit_codes.h"

namespace flyball {

void add_adapt_command(CLI::App& app, CommandResult& result);

}  // namespace flyball
