// `flyballd probe`: what of a board is there, what could be governed, and why not.
#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "env/jetson/board_probe.h"
#include "tools/exit_codes.h"

namespace flyball {

void add_probe_command(CLI::App& app, CommandResult& result);

// What the command prints.
std::string to_text(const BoardProbe& probe);
nlohmann::ordered_json to_json(const BoardProbe& probe);

}  // namespace flyball
