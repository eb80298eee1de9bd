// Delays of a scenario's [control]: a number, or measured values to draw from.
#pragma once

#include "env/sim/scenario.h"
#include "tools/config/scenario_toml.h"

namespace flyball {

// `think_seconds`, `think_samples_seconds` or `think_log`, and [control.actuation]; all between 0
// and the period. Throws std::invalid_argument naming the key at fault.
void set_delays(const ControlToml& toml, ControlConfig& control);

}  // namespace flyball
