// A board's file, configs/boards/NAME.toml, as the structs of env. Schema: configs/README.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "env/board.h"
#include "env/jetson/board_files.h"
#include "env/model/electrical.h"
#include "env/sim/sim_config.h"
#include "tools/toml_reader.h"

namespace flyball {

struct BoardConfig {
  Board board;
  std::vector<BoardFiles> files;         // one per JetPack; what the emulator shows
  std::optional<Electrical> electrical;  // absent: only measured workloads can be simulated
  SensorConfig sensor;
  ThermalConfig thermal;
  PowerBudgetConfig power_budget;  // counts in modes that have a budget
};

// By id ("nano-4gb") or by the path of a file. Throws InputError saying where and what is wrong.
BoardConfig load_board(const std::string& id_or_path);

// The parts of it. Throws InputError.
BoardConfig read_board(const TomlTable& file);

}  // namespace flyball
