// What one model costs on one board, and what happens before it serves. Values.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "env/model/work_model.h"
#include "env/sim/application_config.h"
#include "env/sim/serving_traits.h"

namespace flyball {

struct WorkloadConfig {
  std::string id;  // the file's name without ".toml"
  std::string title;
  std::shared_ptr<const WorkModel> work;  // shared: constant, the same for many plants
  std::optional<LoadWork> load;           // what loading it costs, where the file says so
  double load_factor = 1.0;               // of its variants
  std::optional<FirstUse> first_use;      // what the first use of a batch size costs, likewise
  ServingTraits serving;                  // what board and server do around the batches
};

}  // namespace flyball
