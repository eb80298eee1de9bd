// What main() of flyball and of flyballd share: --configs, and errors to exit codes.
#pragma once

#include <CLI/CLI.hpp>

#include "tools/exit_codes.h"

namespace flyball {

// --configs DIR: where config_directory() looks, for every command.
void add_configs_option(CLI::App& app);

// A number above 0.
CLI::Validator above_zero();

// Runs the command line and returns the exit code. Errors go to stderr as "PROGRAM COMMAND: what";
// what is no CommandError is taken for bad input.
int run_program(CLI::App& app, CommandResult& result, int argc, char** argv);

}  // namespace flyball
