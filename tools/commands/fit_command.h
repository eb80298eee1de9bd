// flyball fit: a workload file from a sweep that someone measured.
#pragma once

#include <CLI/CLI.hpp>

#include "tools/exit_codes.h"

namespace flyball {

void add_fit_command(CLI::App& app, CommandResult& result);

}  // namespace flyball
