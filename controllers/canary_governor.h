// A policy beside the kernel's governors on one board: slices of time go to the one and to the
// other, until it is known which is better (canary_trial.h). Not thread-safe; decide and note
// allocate nothing.
//
// Time is cut into blocks: a slice of each in random order, which are compared, and then as many of
// the one that has more of the time as its share asks for. The first part of a slice is not
// compared: requests of the former one are still in the system, the sensors still average over it.
// A pause, other limits or a mode change end a pair, which then counts for nothing.
#pragma once

#include <functional>
#include <optional>
#include <random>
#include <string_view>
#include <vector>

#include "controllers/canary_trial.h"
#include "env/governor.h"
#include "env/logs/telemetry_row.h"

namespace flyball {

class CanaryGovernor final : public Governor {
 public:
  // `learned` must outlive this object. `aside`: called at each decision that is not the policy's,
  // so that what it watches goes on; empty: it is reset before its next slice. Throws
  // std::invalid_argument.
  CanaryGovernor(Governor& learned, const CanaryConfig& config,
                 std::function<void(const Telemetry&)> aside = {});

  std::string_view name() const override { return learned_.name(); }
  // What was found is kept. Throws what the policy's reset() throws.
  void reset(const GovernorScope& scope) override;
  Decision decide(const GovernorInput& input) override;
  Period period() const override { return learned_.period(); }

  // Each row of the control loop, in order: what a slice came to.
  void note(const TelemetryRow& row);

  const CanaryTrial& trial() const { return trial_; }
  // As CanaryTrial::resume().
  void resume(CanaryMemory memory) { trial_.resume(std::move(memory)); }
  // Another policy: nothing is known of it.
  void forget(const CanaryConfig& config);
  bool is_learned_slice() const { return is_learned_; }

 private:
  void abandon_pair();
  double filling() const;
  void next_slice(double now_seconds);
  void count_load(const TelemetryRow& row);

  Governor& learned_;
  std::function<void(const Telemetry&)> aside_;
  CanaryTrial trial_;
  std::mt19937_64 random_;
  GovernorScope scope_;
  double cpu_capacity_ = 0.0;  // cycles per second, all CPUs at full clock
  double gpu_capacity_ = 0.0;

  bool is_learned_ = false;  // the slice under way
  bool is_compared_ = false;
  std::optional<double> slice_ends_;  // absent: none is under way
  double compared_from_ = 0.0;
  std::optional<double> decided_seconds_;
  int compared_left_ = 2;      // of the pair
  double filling_left_ = 0.0;  // slices until the next pair
  CanarySlice stock_;
  CanarySlice learned_slice_;

  // Of the row before, where that was compared: cumulative busy times, and clocks.
  bool has_former_ = false;
  std::vector<double> former_busy_;   // per CPU, then per domain
  std::vector<double> former_hertz_;  // per domain
};

}  // namespace flyball
