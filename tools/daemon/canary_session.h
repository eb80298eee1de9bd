// `flyballd run --canary`: the policy takes turns with the kernel's governors until it is known
// which is better (controllers/canary_governor.h); what was found is kept in a file, and told. Not
// thread-safe.
#pragma once

#include <optional>
#include <string>

#include "controllers/canary_governor.h"
#include "tools/daemon/canary_report.h"
#include "tools/daemon/policy_governor.h"
#include "tools/daemon/state_file.h"

namespace flyball {

class CanarySession {
 public:
  // `policy` and `tell` must outlive this object. Throws UsageError where slice and period do not
  // fit.
  CanarySession(PolicyGovernor& policy, const GovernOptions& options, const Teller& tell);

  Governor& governor() { return governor_; }
  // Goes on where a former run of this policy was; the file is opened for good.
  void open();
  void note(const TelemetryRow& row) { governor_.note(row); }
  // Tells and keeps what is new.
  void look();
  // The policy has been read again: another one begins anew.
  void follow_policy();
  CanaryReport report() const { return report_of(governor_.trial()); }

 private:
  CanaryConfig config() const;
  std::string key() const;
  void resume();
  void keep();

  PolicyGovernor& policy_;
  GovernOptions options_;
  const Teller& tell_;
  CanaryGovernor governor_;
  std::string key_;
  std::optional<StateFile> file_;  // absent: nothing is kept
  std::uint64_t seen_pairs_ = 0;   // and left out
  CanaryVerdict told_ = CanaryVerdict::kUndecided;
};

}  // namespace flyball
