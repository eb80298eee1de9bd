// flyballd install and flyballd uninstall
#pragma once

#include <CLI/CLI.hpp>

#include "tools/exit_codes.h"

namespace flyball {

void add_install_commands(CLI::App& app, CommandResult& result);

}  // namespace flyball
