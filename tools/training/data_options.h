// The command line's say in what is learned from: `train` and `dataset`.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "agent/training/train_config.h"
#include "agent/training_set.h"
#include "tools/config/open_keys.h"

namespace flyball {

struct DataOptions {
  std::vector<std::string> logs;
  std::vector<std::string> datasets;
  std::optional<double> mix;                // keep the configuration's data too, at this weight
  std::vector<std::string> scenarios = {};  // simulated as the configuration says
};

void add_data_options(CLI::App& command, DataOptions& options);

// What these data say of what a recipe leaves open; absent: none are named. Throws DataError and
// ConfigError.
std::optional<OpenKeys> open_keys(const DataOptions& options);

// Puts the command line's data in the place of the configuration's, or beside them. In their place
// a validation on what the configuration simulates goes with it. Throws UsageError when there is
// nothing to learn from.
void choose_data(TrainConfig& config, const DataOptions& options);

// load_training_set(), showing how far it is. After Ctrl-C the set is incomplete.
TrainingSet load_with_progress(const TrainConfig& config);

}  // namespace flyball
