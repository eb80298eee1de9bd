// A workload's file, configs/workloads/NAME.toml: what one model costs on each board. Schema:
// configs/README.md.
#pragma once

#include <memory>
#include <string>

#include "env/model/work_model.h"
#include "tools/config/board_config.h"

namespace flyball {

struct WorkloadConfig {
  std::string id;  // the file's name without ".toml"
  std::string title;
  std::shared_ptr<const WorkModel> work;  // shared: constant, the same for many plants
};

// By id ("resnet18") or by path, for one board. Throws InputError saying where and what is wrong,
// for instance that the file does not know the board.
WorkloadConfig load_workload(const std::string& id_or_path, const BoardConfig& board);

}  // namespace flyball
