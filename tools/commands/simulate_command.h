// flyball simulate: a telemetry log from a simulated board.
#pragma once

#include <CLI/CLI.hpp>

#include "tools/exit_codes.h"

namespace flyball {

void add_simulate_command(CLI::App& app, CommandResult& result);

}  // namespace flyball
