// What main() of flyball and of flyballd share: --configs, and errors to exit codes.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "env/config/range.h"
#include "tools/exit_codes.h"

namespace flyball {

// --configs DIR: where config_directory() looks, for every command.
void add_configs_option(CLI::App& app);

// Numbers on the command line: every option that takes one says its range by one of these. What
// lies outside, "inf", "nan" and other text are refused with the range.
CLI::Validator number_in(double low, double high);
CLI::Validator whole_in(std::int64_t low, std::int64_t high);
// What a field of a configuration may be (tools/field_options.h).
CLI::Validator number_in(const Range& range);
CLI::Validator whole_in(const Range& range);
// Above 0, up to a thousand million.
CLI::Validator above_zero();
// Any whole number from 0 on that 63 bits hold.
CLI::Validator seed_number();

// Runs the command line and returns the exit code. Errors go to stderr as "PROGRAM COMMAND: what";
// Interrupted is 130; what is no CommandError is taken for bad input, and so is a stdout that could
// not be written (a full disk). Where stdout's reader has gone (`| head`) nothing is said, and the
// exit code is 141.
//
// `prepare`: what the words of the command line (without the program's name) are to be before they
// are parsed; what it throws is reported likewise.
using PrepareWords = std::function<std::vector<std::string>(std::vector<std::string> words)>;
int run_program(CLI::App& app, CommandResult& result, int argc, char** argv,
                const PrepareWords& prepare = {});

// Parses words as a command line without the program's name.
void parse_words(CLI::App& app, std::vector<std::string> words);

}  // namespace flyball
