// A scenario, configs/scenarios/NAME.toml. Schema: configs/README.md.
#pragma once

#include <string>

#include "env/sim/scenario.h"

namespace flyball {

// By id ("quickstart") or by path. Throws ConfigError or DataError saying where and what is wrong.
Scenario load_scenario(const std::string& id_or_path);

}  // namespace flyball
