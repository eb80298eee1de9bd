// flyball twin: a workload file fitted to a serving log, judged by a part that was held out.
#pragma once

#include <CLI/CLI.hpp>

#include "tools/exit_codes.h"

namespace flyball {

void add_twin_command(CLI::App& app, CommandResult& result);

}  // namespace flyball
