// A workload's file, configs/workloads/NAME.toml: what one model costs on each board. Schema:
// configs/README.md.
#pragma once

#include <string>
#include <vector>

#include "env/sim/board_config.h"
#include "env/sim/workload_config.h"

namespace flyball {

// By id ("resnet18") or by path, for one board. Throws ConfigError saying where and what is wrong,
// for instance that the file knows neither the board nor the one it is related to. `variants` are
// names in the file's [variants]: another graph, another framework.
WorkloadConfig load_workload(const std::string& id_or_path, const BoardConfig& board,
                             const std::vector<std::string>& variants = {});

}  // namespace flyball
