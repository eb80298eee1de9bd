// flyball dataset: transitions from logs and simulations to a dataset on disk.
#pragma once

#include <CLI/CLI.hpp>

#include "tools/exit_codes.h"

namespace flyball {

void add_dataset_command(CLI::App& app, CommandResult& result);

}  // namespace flyball
