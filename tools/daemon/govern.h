// What `flyballd run` does: check the policy and the board's description against it, then govern
// the board by it (tools/daemon/board_session.h). In a dry run, as `flyballd shadow` always is, the
// kernel's governors go on deciding, and what the policy wanted is counted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "controllers/canary_trial.h"
#include "controllers/guard_report.h"
#include "controllers/shadow_governor.h"
#include "policies/preference.h"
#include "tools/daemon/board_session.h"
#include "tools/daemon/canary_report.h"

namespace flyball {

struct GovernOptions {
  SessionOptions session;
  std::filesystem::path policy;
  std::string board;                     // id or file; empty: the one the policy names
  Preference preference;                 // what the policy is asked for
  std::optional<double> period_seconds;  // absent: the policy's
  bool guarded = true;                   // by controllers/guard.h
  std::optional<CanaryConfig> canary;    // turns with stock; its tolerances are the policy's
};

struct GovernReport {
  SessionReport session;
  std::string policy_checksum;  // of the file that was read last
  std::uint64_t fallbacks = 0;  // decisions left to the kernel's governors: for want of
                                // telemetry, or because the limits left the policy nothing
  std::optional<GuardReport> guard;
  std::optional<ShadowReport> shadow;  // of a dry run
  std::optional<CanaryReport> canary;
  std::vector<double> last_levels;  // the last decision, hertz or requests; empty: none
};

struct GovernHooks {
  std::function<void(const GovernReport&)> on_start;  // once, before the first write
  Teller tell;
  std::function<bool(double governed_seconds)> stop;  // as in SessionHooks
  std::function<bool()> reload_asked = {};            // likewise
  // What to reload with: policy, preference and guard may be others than at the start. Throws why
  // that cannot be. Empty: the options are what they were.
  std::function<GovernOptions()> options_again = {};
  // Hears every row, and how many decisions were left to the kernel so far.
  std::function<void(const TelemetryRow&, std::uint64_t fallbacks)> note_row = {};
};

// Throws PolicyFileError, and what run_session() throws.
GovernReport govern(const GovernOptions& options, const GovernHooks& hooks);

}  // namespace flyball
