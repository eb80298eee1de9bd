// One adaptation of a simulated board and its directory, OUTPUT.run: begun or resumed, run, saved.
// Not thread-safe.
//
//   start.flyball   the policy it began with
//   config.toml     the policy's training configuration, where there is one
//   run.json        what the command line said: for --resume
//   checkpoint      everything else that decides how it goes on (agent/training/checkpoint.h)
//   windows.csv, events.out.tfevents.*   energy and latency over time; the latter for TensorBoard
//   report.json     what it came to
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "tools/online/adaptation_windows.h"

namespace flyball {

// What the command line says.
struct AdaptOptions {
  std::filesystem::path policy;  // to begin with
  std::filesystem::path output;  // the adapted one
  std::string config;            // in configs/train, or a file; empty: POLICY.run/config.toml
  std::string scenario;
  std::vector<std::string> assignments;  // "KEY=VALUE", set over the scenario's
  double duration_seconds = 600.0;       // simulated
  double window_seconds = 30.0;
  std::uint64_t seed = 0;
  LearnerPace pace = LearnerPace::kHeld;
  AdaptConfig learning;     // limit_factor and seed are filled in
  TimeBudgetConfig budget;  // of exploration
};

// What `output`.run holds of an earlier run. Throws DataError where there is nothing to resume.
AdaptOptions read_adapt_options(const std::filesystem::path& directory);

enum class AdaptStart : std::uint8_t { kNew, kResumed };

// Runs until the time is over, the work is done or `keep_going` (given the simulated time) says no;
// then saves policy, checkpoint and report, and gives the report. Throws DataError,
// PolicyFileError or std::invalid_argument saying what does not fit.
nlohmann::ordered_json run_adaptation(const AdaptOptions& options, AdaptStart start,
                                      const std::function<bool(double)>& keep_going);

}  // namespace flyball
