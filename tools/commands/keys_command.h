// flyball keys: what may stand in a file of configs/, and what --set may set.
#pragma once

#include <CLI/CLI.hpp>

#include "tools/program.h"

namespace flyball {

void add_keys_command(CLI::App& app, CommandResult& result);

}  // namespace flyball
