// The governor of a policy file that may be read again while it governs: `flyballd reload`. Not
// thread-safe; decide allocates nothing.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controllers/learned_governor.h"
#include "tools/daemon/govern.h"

namespace flyball {

class PolicyGovernor final : public Governor {
 public:
  // Throws PolicyFileError, and DataError where the options do not fit the policy.
  explicit PolicyGovernor(GovernOptions options);

  std::string_view name() const override { return learned_->name(); }
  void reset(const GovernorScope& scope) override;  // throws what the policy's reset() throws
  Decision decide(const GovernorInput& input) override { return learned_->decide(input); }
  Period period() const override { return learned_->period(); }

  // Reads the file again, and decides by it from now on. What was prepared for the former policy
  // has to do for it: board, knobs, period, sensors, and the levels that it may choose. Throws
  // std::exception saying why it is refused; then nothing has changed.
  void reload() { reload(GovernOptions(options_)); }
  // The same by other options: policy, preference and guard.
  void reload(const GovernOptions& options);

  // In the place of decide() while others have the clocks by turns.
  void stand_aside(const Telemetry& telemetry) { learned_->stand_aside(telemetry); }

  // Of now.
  LearnedGovernor& learned() { return *learned_; }
  const GovernOptions& options() const { return options_; }
  const std::string& checksum() const { return checksum_; }
  const std::filesystem::path& policy() const { return options_.policy; }
  // What the session has to prepare.
  TelemetryNeeds needs() const;
  std::vector<KnownTable> tables() const;
  // Over all that were read.
  std::uint64_t fallbacks() const { return former_fallbacks_ + learned_->fallbacks(); }
  std::optional<GuardReport> guard_report() const;

 private:
  GovernOptions options_;
  std::unique_ptr<LearnedGovernor> learned_;
  std::string checksum_;
  std::optional<GovernorScope> scope_;
  std::uint64_t former_fallbacks_ = 0;
  GuardReport former_guard_;
};

}  // namespace flyball
