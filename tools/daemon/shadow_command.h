// flyballd shadow
#pragma once

#include <CLI/CLI.hpp>

#include "tools/exit_codes.h"
#include "tools/stop_signals.h"

namespace flyball {

void add_shadow_command(CLI::App& app, CommandResult& result, StopSignals& signals);

}  // namespace flyball
