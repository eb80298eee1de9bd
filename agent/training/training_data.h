// Telemetry logs as training sets, and what the objective takes from the data. Free functions.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "agent/training/train_config.h"
#include "agent/training_set.h"
#include "env/logs/telemetry_row.h"

namespace flyball {

// Files that a glob pattern names, sorted, without the empty ones among several. Throws DataError
// when there is none.
std::vector<std::string> matching_files(const std::string& pattern);

// A log as it was read, or as a simulation wrote it.
struct NamedLog {
  const std::string& name;  // what errors name
  const TelemetryLogHeader& header;
  std::span<TelemetryRow> rows;  // whose energies are spread where power was read more rarely
  double weight = 1.0;           // of each of its transitions in the loss
};

// Appends what a log shows of `spans`. Throws DataError naming the log.
void append_log(TrainingSet& set, const NamedLog& log, SpanConfig spans);

// How many transitions there are, under whose settings, and what was left out.
nlohmann::ordered_json to_json(const TrainingSet& set);

// Fills what the objective takes from the data: references, and the limit relative to them.
void resolve_objective(TrainConfig& config, const TrainingSet& set);

}  // namespace flyball
