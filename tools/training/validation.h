// How good a policy in training is, measured: run on a scenario with a seed of its own, beside the
// stock governors. Not thread-safe; several objects may be used at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "policies/policy_file.h"
#include "tools/evaluation.h"

namespace flyball {

struct ValidationConfig {
  std::string scenario;                   // a name in configs/scenarios or a file
  std::uint64_t every_steps = 250;        // gradient steps between measurements
  std::optional<std::uint64_t> patience;  // measurements without a better one before training
                                          // stops; absent: it never does
  std::uint64_t seed = 1000;              // of the runs; other than those one judges by later
};

// Throws std::invalid_argument naming the key at fault.
void validate(const ValidationConfig& config);

struct ValidationFigures {
  double saving = 0.0;  // of stock's energy for the same work
  double latency_mean_seconds = 0.0;
  double in_time_share = 1.0;
  bool feasible = false;  // all work done, the scenario's limits kept
};

// What keeps the limits before what does not, then what saves more.
bool is_better(const ValidationFigures& a, const ValidationFigures& b);

class Validation {
 public:
  // Throws InputError.
  explicit Validation(const ValidationConfig& config);

  const ValidationConfig& config() const { return config_; }
  // Throws CommandError with kExitInterrupted after Ctrl-C.
  ValidationFigures measure(const PolicyFile& policy) const;

 private:
  ValidationConfig config_;
  EvaluationPlan plan_;
};

}  // namespace flyball
