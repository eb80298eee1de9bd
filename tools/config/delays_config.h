// Delays of a scenario's [control]: a number, or measured values to draw from.
#pragma once

#include "env/sim/scenario.h"
#include "tools/toml_reader.h"

namespace flyball {

// `think_seconds`, `think_samples_seconds` or `think_log`, and [control.actuation]; all between 0
// and the period, which has been read. Throws ConfigError.
void read_delays(const TomlTable& table, ControlConfig& control);

}  // namespace flyball
