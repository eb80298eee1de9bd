// What `flyball evaluate` is asked for, as evaluations to make: scenarios by name, of a suite or of
// a plain load, each with its governors and with whoever keeps its runs. Not thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controllers/evaluation/evaluation_set.h"
#include "env/sim/scenario.h"
#include "tools/config/scenario.h"
#include "tools/config/suite.h"
#include "tools/jobs/kept_results.h"
#include "tools/jobs/shard.h"
#include "tools/preference_options.h"
#include "tools/scratch_folder.h"

namespace flyball {

// The command line.
struct EvaluateOptions {
  std::vector<std::string> scenarios;  // none: `suite`, or `plain`
  std::string suite;
  std::string data;  // folder of a suite's measurements
  PlainLoad plain;
  std::vector<std::string> assignments;
  std::string governors = "stock,performance,powersave,best-fixed";
  bool has_governors = false;  // given, not the default
  Preference preference;       // of the policies
  std::optional<int> mode;
  std::optional<double> deadline_seconds;
  std::optional<std::size_t> seeds;
  bool no_guard = false;
  unsigned threads = 2;
  std::string json;  // "-": stdout
  std::string csv;
  std::string markdown;
  std::string trace;
  std::string report;          // folder
  std::string keep;            // file
  std::optional<Shard> shard;  // of --keep
};

// One scenario with its runs' keeper.
struct EvaluationWork {
  std::string named;
  Scenario scenario;
  EvaluationTask task;
  std::unique_ptr<RunKeeper> keeper;
};

// `results`: what is kept on disk; null where nothing is. `scratch`: for scenarios that are made of
// measurements; it must outlive what this returns. Policies that are to be learned are trained now.
// Throws UsageError, ConfigError, DataError, Interrupted.
std::vector<EvaluationWork> evaluation_work(const EvaluateOptions& options, const Suite* suite,
                                            const ScratchFolder& scratch, KeptResults* results);

// The items of a list between commas.
std::vector<std::string> comma_separated(const std::string& text);

}  // namespace flyball
