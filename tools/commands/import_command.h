// flyball import: tegrastats output and a request log become a telemetry log.
#pragma once

#include <CLI/CLI.hpp>

#include "tools/exit_codes.h"

namespace flyball {

void add_import_command(CLI::App& app, CommandResult& result);

}  // namespace flyball
