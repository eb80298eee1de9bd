// flyball merge: what shards kept, as one file.
#pragma once

#include <CLI/CLI.hpp>

#include "tools/exit_codes.h"

namespace flyball {

void add_merge_command(CLI::App& app, CommandResult& result);

}  // namespace flyball
