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
//   lock           who writes it (run_lock.h)
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
#include "agent/training/run_lock.h"
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

inline constexpr const char* kCheckpoint = "checkpoint";

using ReadTrainConfig = std::function<TrainConfig(const std::filesystem::path& file)>;

class RunDirectory {
 public:
  // The folder of a new run, run_directory_of(policy); what an older one left there is taken away.
  // Throws std::filesystem::filesystem_error.
  static RunDirectory create(const std::filesystem::path& path);
  // One that is there. Throws DataError where there is nothing to resume. Both throw DataError
  // while another process writes it.
  static RunDirectory open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path data() const { return path_ / "data.hdf5"; }
  std::filesystem::path checkpoint() const { return path_ / kCheckpoint; }
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
  explicit RunDirectory(const std::filesystem::path& path) : path_(path), lock_(path) {}
  nlohmann::json read_run() const;

  std::filesystem::path path_;
  RunLock lock_;
  std::ofstream losses_;
  std::ofstream validation_;
  std::unique_ptr<EventFile> events_;
};

// "POLICY.run"; where the policy is no file (a device, a FIFO, stdout): "policy.run", right here.
std::filesystem::path run_directory_of(const std::filesystem::path& policy);

// Before long work that ends in this policy: makes the folder that it goes to. Throws
// std::system_error where it cannot be written.
void prepare_output(const std::filesystem::path& policy);

// Every value that decided the run, defaults included. Requires: the objective is resolved.
nlohmann::ordered_json resolved(TrainConfig config);

}  // namespace flyball
