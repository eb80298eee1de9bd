// flyball replay: a log's requests and settings on a simulated board, beside what the log says.
#pragma once

#include <CLI/CLI.hpp>

#include "tools/exit_codes.h"

namespace flyball {

void add_replay_command(CLI::App& app, CommandResult& result);

}  // namespace flyball
