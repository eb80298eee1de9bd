// flyball train: a policy from telemetry logs and simulated boards.
#pragma once

#include <CLI/CLI.hpp>

#include "tools/exit_codes.h"

namespace flyball {

void add_train_command(CLI::App& app, CommandResult& result);

}  // namespace flyball
