// Every experiment of `flyball reproduce`: the one list that help, messages and --quick go by. To
// add one: a file pair in published/ or own/, and an entry here.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tools/jobs/kept_jobs.h"
#include "tools/jobs/shipped_program.h"
#include "tools/reproduce/common/effort.h"
#include "tools/reproduce/common/reproduction_table.h"

namespace flyball {

struct ExperimentOptions {
  std::filesystem::path data;  // folder of measurements, where the experiment needs them
  Effort effort = Effort::kAll;
  std::optional<std::uint64_t> seeds;            // per arm, instead of the experiment's own
  std::string date;                              // what seeds are drawn from, where they are
  std::optional<std::filesystem::path> plot;     // SVG, where the experiment draws one
  unsigned threads = 2;                          // the figures do not depend on them
  std::filesystem::path program = kThisProgram;  // whose commands are run, where they are
  JobKeeping keeping = {};                       // where the experiment is `kept`
};

struct ExperimentPart {
  void (*add_rows)(const ExperimentOptions& options, ReproductionTable& table);
  Effort effort = Effort::kQuick;  // kAll: --quick leaves the part out
};

enum class Needs : std::uint8_t { kNothing, kMeasurements };

// The folder of measurements that --data names.
struct DataFolder {
  std::string holds;               // in words
  std::vector<std::string> files;  // that have to be in it; patterns as of a shell
};

struct Experiment {
  const char* name;
  const char* shows;  // one sentence
  Needs needs = Needs::kNothing;
  std::vector<ExperimentPart> parts;  // in the order of their rows
  DataFolder data = {};               // where the experiment needs measurements
  bool is_kept = false;               // job by job: what --keep and --shard are for
};

std::span<const Experiment> experiments();

// Throws std::invalid_argument that lists what there is.
const Experiment& find_experiment(const std::string& name);

// Throws DataError naming the files that the experiment reads and the folder lacks.
void require_data(const Experiment& experiment, const std::filesystem::path& folder);

// The whole table. Throws DataError, Interrupted.
ReproductionTable run_experiment(const Experiment& experiment, const ExperimentOptions& options);

}  // namespace flyball
