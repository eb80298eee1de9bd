// One training run and its directory: begun or resumed, trained, measured on the way, saved. Not
// thread-safe; several runs may train at once, each in a thread of its own, once they are made
// (making them reads and writes HDF5).
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "agent/trainer.h"
#include "agent/training/run_directory.h"
#include "agent/training/train_config.h"
#include "agent/training/training_concerns.h"
#include "agent/training/validated_search.h"

namespace flyball {

// Told after each report; false stops.
using RunProgress = std::function<bool(const TrainingProgress& progress, const std::string& note)>;

// What a run asks of the program around it: the agent reads no TOML and knows no scenario.
struct TrainingHost {
  ReadTrainConfig read_config;
  // Prepares the measuring that a configuration asks for. Throws ConfigError or DataError.
  std::function<PolicyJudge(const ValidationConfig&)> judge_for;
  // Asked while data are read; false stops with Interrupted. Empty: never asked.
  std::function<bool()> keep_going = {};
};

class TrainingRun {
 public:
  // A new run in `directory`. Throws DataError or std::invalid_argument saying what is wrong.
  static TrainingRun start(TrainConfig config, TrainingSet set, const RunOptions& options,
                           const std::filesystem::path& directory, const TrainingHost& host);
  // Goes on from the last checkpoint; `steps`, where given, is how many there are to be in all.
  // Throws DataError naming the file that is missing or damaged.
  static TrainingRun resume(const std::filesystem::path& directory,
                            std::optional<std::uint64_t> steps, const TrainingHost& host);

  // Trains until all steps are done, patience has run out, or `progress` says no. A checkpoint is
  // written every so many seconds and at the end. Throws DataError when the disk is full.
  void run(const RunProgress& progress);
  // After it: judges the policy, writes it unless it is refused, and says everything worth telling,
  // in the directory as well. One run at a time.
  nlohmann::ordered_json finish();

  std::uint64_t steps() const { return trainer_->steps(); }
  std::uint64_t all_steps() const { return flyball::all_steps(config_.trainer); }
  bool is_done() const { return stopped_early() || steps() >= all_steps(); }
  bool stopped_early() const { return search_ && search_->has_ended(); }
  std::uint64_t seed() const { return config_.trainer.seed; }
  const RunOptions& options() const { return options_; }
  const std::filesystem::path& directory() const { return directory_.path(); }
  // Of the policy that was saved: measured where there is a scenario for it.
  std::optional<ValidationFigures> validated() const {
    return search_ ? search_->best() : std::nullopt;
  }
  // What finish() found: the saving that the networks predict, what speaks against the policy, and
  // why it was not written; the last is empty where it was.
  double predicted_saving() const { return judged_.estimate.saving(); }
  std::vector<std::string> warnings() const;
  std::vector<std::string> refusals() const;
  // From here on what would be refused is warned about.
  void force() { options_.force = true; }

 private:
  TrainingRun(TrainConfig config, TrainingSet set, const RunOptions& options,
              RunDirectory directory, const TrainingHost& host);

  PolicyFile policy() const;
  TrainingSet data() const;
  bool is_due() const;
  void measure();
  void take_price();
  nlohmann::ordered_json judge();
  void visit_state(StateVisitor& visitor);
  void save_checkpoint();
  void save_policy_file();

  TrainConfig config_;
  RunOptions options_;
  RunDirectory directory_;
  std::unique_ptr<PolicyTrainer> trainer_;
  std::optional<ValidatedSearch> search_;  // there where the configuration has a validation
  double seconds_ = 0.0;                   // in run(), of this process
  PolicyEvidence judged_;
  std::vector<Concern> concerns_;  // about it
  std::chrono::steady_clock::time_point last_checkpoint_;
};

}  // namespace flyball
