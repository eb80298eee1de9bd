// A scenario, configs/scenarios/NAME.toml. Its keys: scenario_toml.h.
#pragma once

#include <string>
#include <vector>

#include "env/sim/scenario.h"

namespace flyball {

// By id ("quickstart") or by path, and with what scenario_name.h lets follow. `assignments`:
// "KEY=VALUE", set over the file's; a path that leads through a name goes on in the file that it
// names (board.thermal_model.poll_seconds=2). Throws ConfigError or DataError saying where and what
// is wrong.
Scenario load_scenario(const std::string& named, const std::vector<std::string>& assignments = {});

}  // namespace flyball
