// `flyball inspect P.flyball`: what a policy file holds, and what it would choose.
#pragma once

#include <CLI/CLI.hpp>

#include "tools/exit_codes.h"

namespace flyball {

void add_inspect_command(CLI::App& app, CommandResult& result);

}  // namespace flyball
