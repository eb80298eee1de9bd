// flyball trace: arrivals for a scenario, made of a log of requests.
#pragma once

#include <CLI/CLI.hpp>

#include "tools/exit_codes.h"

namespace flyball {

void add_trace_command(CLI::App& app, CommandResult& result);

}  // namespace flyball
