// A workload's file, configs/workloads/NAME.toml: what one model costs on each board. Its keys:
// workload_toml.h.
#pragma once

#include <string>
#include <vector>

#include "env/sim/board_config.h"
#include "env/sim/workload_config.h"

namespace flyball {

struct WorkloadChoice {
  std::vector<std::string> variants;     // names in the file's [variants]; their factors multiply
  std::vector<std::string> assignments;  // "KEY=VALUE", set over the file's
};

// By id ("resnet18") or by path, for one board. Throws ConfigError saying where and what is wrong,
// for instance that the file knows neither the board nor the one it is related to.
WorkloadConfig load_workload(const std::string& id_or_path, const BoardConfig& board,
                             const WorkloadChoice& choice = {});

}  // namespace flyball
