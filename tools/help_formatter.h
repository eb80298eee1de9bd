// How --help looks: a line per option with its value's name, then what it means, in 100 columns,
// with range and default behind it. What the parser's library would add of its own is left out.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace flyball {

// Requires: no command was added yet; commands take it over.
void use_plain_help(CLI::App& app);

// Puts the program's exit codes at the end of its help and of each command's. Requires: all
// commands were added.
void add_exit_codes(CLI::App& app, const std::string& text);

}  // namespace flyball
