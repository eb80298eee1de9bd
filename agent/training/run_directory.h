// What a training run leaves beside its policy, and what it needs to be resumed. Not thread-safe.
//
//   config.toml    the configuration word for word; merged, where it extends another or keys were
//                  set
//   config.json    every value that decided the run, defaults included; seed, version, BLAS
//   run.json       what the command line said: for --resume
//   data.hdf5      the transitions trained on (replay/hdf5/FORMAT.md)
//   checkpoint     everything else that decides how training goes on (checkpoint.h)
//   best.flyball   the best policy so far, where a scenario says which is
//   losses.csv, validation.csv, events.out.tfevents.*    curves; the last for TensorBoard
//   report.json    what it came to
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "agent/trainer.h"
#include "agent/training/event_file.h"
#include "agent/training/train_config.h"
#include "agent/training/validation.h"

namespace flyball {

// What the command line decides beyond the configuration.
struct RunOptions {
  std::filesystem::path policy;  // the file to write
  int threads = 1;               // LibTorch's
  double checkpoint_seconds = 10.0;
  bool force = false;                      // what would be refused is warned about
  std::vector<std::string> warnings = {};  // of the data, said before training began
};

using ReadTrainConfig = std::function<TrainConfig(const std::filesystem::path& file)>;

class RunDirectory {
 public:
  // The folder "POLICY.run" of a new run; what an older one left there is taken away. Throws
  // std::filesystem::filesystem_error.
  static RunDirectory create(const std::filesystem::path& path);
  // One that is there. Throws DataError where there is nothing to resume.
  static RunDirectory open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path data() const { return path_ / "data.hdf5"; }
  std::filesystem::path checkpoint() const { return path_ / "checkpoint"; }
  std::filesystem::path best() const { return path_ / "best.flyball"; }

  // Before training. `config` with the objective resolved. Requires: config.text.
  void write_setup(const TrainConfig& config, const RunOptions& options);
  // The same back, as it was given: the objective is to be resolved anew. `read` reads config.toml.
  TrainConfig read_config(const ReadTrainConfig& read) const;
  RunOptions read_options() const;

  // Opens the curves; what they say of steps after `step` is taken away. Call it before the next
  // ones.
  void begin_curves(std::uint64_t step);
  void write_losses(const TrainingProgress& progress);
  void write_validation(std::uint64_t step, const ValidationFigures& figures);
  void write_report(const nlohmann::ordered_json& report);

 private:
  explicit RunDirectory(const std::filesystem::path& path) : path_(path) {}
  nlohmann::json read_run() const;

  std::filesystem::path path_;
  std::ofstream losses_;
  std::ofstream validation_;
  std::unique_ptr<EventFile> events_;
};

// Every value that decided the run, defaults included. Requires: the objective is resolved.
nlohmann::ordered_json resolved(TrainConfig config);

}  // namespace flyball
