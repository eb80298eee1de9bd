// The command line's part of a preference: --eta, --latency-limit, --miss-limit.
#pragma once

#include <CLI/CLI.hpp>

#include "policies/preference.h"

namespace flyball {

// `preference` must outlive the parsing.
void add_preference_options(CLI::App& command, Preference& preference);

// The policy for that preference; throws ConfigError, naming the policy, where it does not serve
// it.
PolicyFile preferred(const PolicyFile& file, const Preference& preference, const std::string& name);

}  // namespace flyball
