// flyball doctor: what this machine lacks for what.
#pragma once

#include <CLI/CLI.hpp>

#include "tools/exit_codes.h"

namespace flyball {

void add_doctor_command(CLI::App& app, CommandResult& result);

}  // namespace flyball
