// A workload's file, configs/workloads/NAME.toml: what one model costs on each board. Schema:
// configs/README.md.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "env/model/work_model.h"
#include "env/sim/application_config.h"
#include "tools/config/board_config.h"

namespace flyball {

struct WorkloadConfig {
  std::string id;  // the file's name without ".toml"
  std::string title;
  std::shared_ptr<const WorkModel> work;  // shared: constant, the same for many plants
  std::optional<LoadWork> load;           // what loading it costs, where the file says so
  double load_factor = 1.0;               // of its variants
  std::optional<FirstUse> first_use;      // what the first use of a batch size costs, likewise
};

// By id ("resnet18") or by path, for one board. Throws InputError saying where and what is wrong,
// for instance that the file knows neither the board nor the one it is related to. `variants` are names in the file's
// [variants]: another graph, another framework.
WorkloadConfig load_workload(const std::string& id_or_path, const BoardConfig& board,
                             const std::vector<std::string>& variants = {});

}  // namespace flyball
