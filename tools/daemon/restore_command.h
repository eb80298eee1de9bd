// flyballd restore
#pragma once

#include <CLI/CLI.hpp>

#include "tools/exit_codes.h"

namespace flyball {

void add_restore_command(CLI::App& app, CommandResult& result);

}  // namespace flyball
