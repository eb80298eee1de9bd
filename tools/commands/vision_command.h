// flyball vision: trains the network that is split between edge and cloud, and evaluates it.
#pragma once

#include <CLI/CLI.hpp>

#include "tools/exit_codes.h"

namespace flyball {

void add_vision_command(CLI::App& app, CommandResult& result);

}  // namespace flyball
