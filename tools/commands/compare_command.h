// flyball compare: two results of `flyball evaluate`, and whether a governor became worse.
#pragma once

#include <CLI/CLI.hpp>

#include "tools/exit_codes.h"

namespace flyball {

void add_compare_command(CLI::App& app, CommandResult& result);

}  // namespace flyball
