// The kernel's ondemand on one cpufreq policy: the maximum above a load threshold, else in
// proportion to the load. Not thread-safe. Described in kernel 5.10's cpufreq_ondemand.c and
// cpufreq_governor.c; integer arithmetic as there. Left out: powersave_bias and ignore_nice_load
// (both 0 by default).
#pragma once

#include <cstdint>
#include <optional>

#include "controllers/policy_load.h"
#include "controllers/resident_domain.h"
#include "env/governor.h"

namespace flyball {

struct OndemandTunables {
  int up_threshold = 95;         // percent; 95 with the kernel's fine idle accounting
  int sampling_down_factor = 1;  // samples at the maximum before looking again
  double sampling_rate_seconds = 0.01;
  IoWait iowait = IoWait::kIdle;  // whether waiting for I/O counts as load
};

class OndemandGovernor final : public Governor {
 public:
  explicit OndemandGovernor(const OndemandTunables& tunables = {});

  std::string_view name() const override { return "ondemand"; }
  void reset(const GovernorScope& scope) override;
  Decision decide(const GovernorInput& input) override;
  // Driven by the scheduler's updates: it stalls while every CPU sleeps.
  Period period() const override { return {tunables_.sampling_rate_seconds, true}; }

 private:
  OndemandTunables tunables_;
  std::optional<ResidentDomain> domain_;
  PolicyLoadSampler load_;
  int rate_multiplier_ = 1;  // samples between two looks
  int skip_ = 0;             // samples left to let go
};

}  // namespace flyball
