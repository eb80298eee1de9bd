// What a training run leaves beside its policy, in the folder POLICY.run: the configuration as
// read, the resolved values, losses as CSV. Not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json_fwd.hpp>

#include "agent/trainer.h"
#include "tools/training/train_config.h"

namespace flyball {

class RunDirectory {
 public:
  // Makes the folder "POLICY.run" and opens losses.csv in it. Throws
  // std::filesystem::filesystem_error or InputError.
  explicit RunDirectory(const std::filesystem::path& policy);

  const std::filesystem::path& path() const { return path_; }
  void write_config(const TrainConfig& config);
  void write_losses(const TrainingProgress& progress);
  void write_report(const nlohmann::ordered_json& report);

 private:
  std::filesystem::path path_;
  std::ofstream losses_;
};

// What the encoder was told, without the period and eta.
nlohmann::ordered_json encoder_json(const EncoderConfig& encoder);

// Every value that decided the run, defaults included.
nlohmann::ordered_json resolved(const TrainConfig& config);

}  // namespace flyball
