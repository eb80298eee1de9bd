// The part of a board's file that a simulation needs: power, heat, sensors. Values are read and
// checked; their meaning is in env/model/electrical.h and env/sim/sim_config.h.
#pragma once

#include "env/board.h"
#include "env/model/electrical.h"
#include "env/sim/sim_config.h"
#include "tools/toml_reader.h"

namespace flyball {

// The table [electrical]. Throws ConfigError.
Electrical read_electrical(const TomlTable& table, const Board& board);

// The tables [sensor], [thermal_model], [power_budget]; what they leave out keeps its default.
SensorConfig read_sensor(const TomlTable& table);
ThermalConfig read_thermal(const TomlTable& table);
PowerBudgetConfig read_power_budget(const TomlTable& table);

}  // namespace flyball
