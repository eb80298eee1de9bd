// One adaptation of a simulated board and its directory, OUTPUT.run: begun or resumed, run, saved.
// Not thread-safe.
//
//   start.flyball   the policy it began with
//   config.toml     the policy's training configuration, where there is one
//   run.json        every field of AdaptOptions: for --resume
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

#include "env/config/bounds.h"
#include "env/config/fields.h"
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
  AdaptConfig learning;       // seed is filled in, and limit_factor where the training had one
  ExploringConfig exploring;  // seed is filled in
};

template <typename Visitor, FieldsOf<AdaptOptions> Config>
void visit(Visitor& field, Config& options) {
  field({"policy", "", {}, "the policy that it began with"}, options.policy);
  field({"output", "", {}, "the adapted policy", Need::kRequired}, options.output);
  field({"config", "", {}, "of the policy's training; empty: the one beside it"}, options.config);
  field({"scenario", "", {}, "a name in configs/ or a file", Need::kRequired}, options.scenario);
  field({"set", "", {}, "KEY=VALUE, set over the scenario's"}, options.assignments);
  field({"duration_seconds", "s", seconds_range(), "simulated seconds"}, options.duration_seconds);
  field({"window_seconds", "s", within(0.1, kMostSeconds),
         "simulated seconds per line of the report"},
        options.window_seconds);
  field({"seed", "", at_least(0), "of arrivals, noise, exploration and sampling"}, options.seed);
  field({"pace", "", {}, "turns: act and learn in one thread; thread: the learner in its own"},
        options.pace);
  visit(field, options.learning);
  visit(field, options.exploring);
}

// What run.json says of them, beside the version.
nlohmann::ordered_json to_json(const AdaptOptions& options);

// What `output`.run holds of an earlier run; a field that is not in it has its default. Throws
// DataError where there is nothing to resume, or nothing that can be.
AdaptOptions read_adapt_options(const std::filesystem::path& directory);

enum class AdaptStart : std::uint8_t { kNew, kResumed };

// Runs until the time is over, the work is done or `keep_going` (given the simulated time) says no;
// then saves policy, checkpoint and report, and gives the report. Throws DataError,
// PolicyFileError or std::invalid_argument saying what does not fit.
nlohmann::ordered_json run_adaptation(const AdaptOptions& options, AdaptStart start,
                                      const std::function<bool(double)>& keep_going);

}  // namespace flyball
