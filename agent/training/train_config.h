// What a training run learns from, and how. Values.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "agent/trainer.h"
#include "agent/training/validation.h"
#include "env/sim/simulated_log_config.h"
#include "replay/log_transitions.h"

namespace flyball {

// Telemetry logs to learn from.
struct LogSource {
  std::string pattern;  // a path or a glob pattern
  double weight = 1.0;  // of each of its transitions in the loss
};

// A simulated board to learn from.
struct SimulationSource {
  std::string scenario;
  SimulatedLogConfig log;
  double weight = 1.0;
};

// Datasets on disk (replay/hdf5) to learn from.
struct DatasetSource {
  std::string pattern;               // a path or a glob pattern
  double weight = 1.0;               // times each of its transitions' own
  std::optional<std::string> board;  // whose knobs the actions are, if the file holds rewards alone
};

struct TrainConfig {
  std::string id;  // the file's name without ".toml"
  std::filesystem::path file;
  std::vector<LogSource> logs;
  std::vector<DatasetSource> datasets;
  std::vector<SimulationSource> simulations;
  SpanConfig spans;                            // knobs, encoder, credit
  TrainerConfig trainer;                       // objective, network, learner, replay, support
  std::optional<ValidationConfig> validation;  // measured while training; absent: it is not
  std::optional<double> limit_factor;      // the latency limit as a multiple of the residents' mean
  std::optional<ServedRange> limit_range;  // in the unit of the factor, or of the limit
  bool references_given = false;           // else taken from the residents' spans
};

}  // namespace flyball
