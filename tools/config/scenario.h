// A scenario, configs/scenarios/NAME.toml. Its keys: scenario_toml.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "env/sim/scenario.h"

namespace flyball {

// By id ("quickstart") or by path, and with what scenario_name.h lets follow. `assignments`:
// "KEY=VALUE", set over the file's; a path that leads through a name goes on in the file that it
// names (board.thermal_model.poll_seconds=2). Throws ConfigError or DataError saying where and what
// is wrong.
Scenario load_scenario(const std::string& named, const std::vector<std::string>& assignments = {});

// Requests without a scenario's file: a camera's frames, or requests back to back.
struct PlainLoad {
  std::string board;                        // id or path
  std::string workload;                     // id or path
  std::optional<double> frames_per_second;  // absent: the next request comes as one is done
  std::optional<double> deadline_seconds;   // of every request, of which 99 % are to be in time
};

// As a scenario would describe it: two minutes of frames, or 2,000 requests one by one, on three
// seeds; the board's own mode, every clock may be turned. Throws as load_scenario().
Scenario plain_scenario(const PlainLoad& load, const std::vector<std::string>& assignments = {});

}  // namespace flyball
