// Tells a program that trains beside its inference, reading by reading, whether a minibatch may
// begin (controllers/minibatch_gate.h), by the file that its link looks into. Not thread-safe.
#pragma once

#include <filesystem>
#include <optional>

#include "controllers/minibatch_gate.h"
#include "env/jetson/jetson_plant.h"
#include "env/jetson/link/training_file.h"
#include "env/logs/telemetry_row.h"

namespace flyball {

class TrainingGrant {
 public:
  explicit TrainingGrant(const MinibatchGateConfig& config) : gate_(config) {}

  // Makes the file, while there is the right to. Where that fails `tell` hears why, and no program
  // is ever allowed to train.
  void open(const std::filesystem::path& root, const Teller& tell);
  // A permission lasts for some readings, so that it ends where we do.
  void note(const TelemetryRow& row);

 private:
  MinibatchGate gate_;
  std::optional<TrainingFile> file_;
  bool is_allowed_ = false;
};

}  // namespace flyball
