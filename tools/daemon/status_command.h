// flyballd status, pause, resume and reload: what a daemon that runs elsewhere says and is told.
#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "tools/exit_codes.h"
#include "tools/stop_signals.h"

namespace flyball {

// "90", "90s", "10m", "2h": seconds. Throws UsageError saying what is allowed.
double parse_duration(const std::string& text);

// A status (status_sink.h) for people, at most 80 columns and 24 lines. `age_seconds`: since it was
// written.
std::string status_text(const nlohmann::ordered_json& status, double age_seconds);

void add_status_commands(CLI::App& app, CommandResult& result, StopSignals& signals);

}  // namespace flyball
