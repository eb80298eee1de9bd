// flyballd run
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "tools/daemon/govern.h"
#include "tools/exit_codes.h"
#include "tools/option_file.h"
#include "tools/stop_signals.h"

namespace flyball {

// Governs (or, in a dry run, watches) until the end, tells it, and returns the exit code. `who`:
// "flyballd run". `options_again`: see GovernHooks.
int govern_and_tell(const char* who, const GovernOptions& options, bool json, StopSignals& signals,
                    const std::function<GovernOptions()>& options_again = {});

// --policy, --board, --period, and what the policy is asked for.
void add_policy_options(CLI::App& command, GovernOptions& options);

// `given`, for a reload, outlives the command.
void add_run_command(CLI::App& app, CommandResult& result, StopSignals& signals,
                     const GivenOptions& given);

}  // namespace flyball
