// How --help looks: a line per option with its value's name, then what it means, in 100 columns,
// with range and default behind it. What the parser's library would add of its own is left out.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace flyball {

// Requires: no command was added yet; commands take it over.
void use_plain_help(CLI::App& app);

// What tools/exit_codes.h says, for --help of both programs.
inline constexpr const char* kExitCodes =
    R"(Exit codes: 0 ok, 1 a check did not hold, 2 wrong command line, 3 wrong file or configuration,
4 the board or a device refused, 130 interrupted (what was finished is saved), 141 nobody read
the output to its end.)";

// Puts the program's exit codes at the end of its help and of each command's. Requires: all
// commands were added.
void add_exit_codes(CLI::App& app, const std::string& text);

}  // namespace flyball
