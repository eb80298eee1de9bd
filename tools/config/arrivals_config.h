// A scenario's table [arrivals]. Schema: configs/README.md.
#pragma once

#include "env/sim/arrivals_config.h"
#include "tools/toml_reader.h"

namespace flyball {

// Throws ConfigError saying where and what is wrong.
ArrivalsConfig read_arrivals(const TomlTable& table);

}  // namespace flyball
