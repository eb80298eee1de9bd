// The kernel's schedutil on one cpufreq policy: frequency follows utilization. Not thread-safe.
//
//   next = (f + (f * capacity_margin >> 10)) * util / 1024,  f = the policy's highest frequency
//
// rounded up to a table entry; util is the largest of the policy's CPUs. Described in kernel 5.10's
// cpufreq_schedutil.c. What differs, because a governor here sees cumulative busy time and not the
// scheduler:
//  - util is one PELT-like average per CPU of busy time x frequency (half-life 32 periods of
//    1024 us), not a sum over tasks: no util_est, no uclamp, no irq share, and busy time counts as
//    spread evenly over a window;
//  - real-time tasks do not force the maximum;
//  - the I/O boost takes a CPU that waits for storage to wake up once a tick;
//  - it is woken at its rate limit while anything is awake, not at every scheduler event.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "controllers/cpu_windows.h"
#include "controllers/resident_domain.h"
#include "env/governor.h"

namespace flyball {

struct SchedutilTunables {
  std::int64_t capacity_margin = 256;    // of 1024: headroom; 256 is the factor 1.25
  double rate_limit_seconds = 0.010;     // between evaluations
  double up_rate_limit_seconds = 0.0;    // no rise sooner after the last change
  double down_rate_limit_seconds = 0.0;  // no fall sooner after the last change
  double half_life_seconds = 32 * 1024e-6;
  double tick_seconds = 0.004;  // CONFIG_HZ = 250

  // What NVIDIA's nvpower.sh writes on JetPack 5: factor 2.0.
  static SchedutilTunables nvidia() { return {1024, 0.002, 0.0, 0.0005, 32 * 1024e-6, 0.004}; }
};

class SchedutilGovernor final : public Governor {
 public:
  explicit SchedutilGovernor(const SchedutilTunables& tunables = {},
                             std::string name = "schedutil");

  std::string_view name() const override { return name_; }
  void reset(const GovernorScope& scope) override;
  Decision decide(const GovernorInput& input) override;
  // The scheduler calls it: nothing happens while every CPU sleeps.
  Period period() const override { return {tunables_.rate_limit_seconds, true}; }

 private:
  void update_utilization(double frequency_share);
  void update_boosts(double time_seconds);
  std::int64_t largest_utilization() const;
  bool change_allowed(Level next, Level now, double time_seconds) const;
  bool is_single_cpu_without_idle() const;

  SchedutilTunables tunables_;
  std::string name_;
  std::optional<ResidentDomain> domain_;
  CpuWindows cpus_;
  // A CPU whose tasks wake from waiting for I/O is lifted, the more so the longer that goes on.
  struct IoBoost {
    std::int64_t value = 0;  // 0..1024
    double last_wakeup_seconds = 0.0;
  };
  std::vector<double> utilization_;  // per CPU of the policy, 0..1024
  std::vector<IoBoost> boosts_;      // likewise
  std::optional<double> last_change_seconds_;
};

}  // namespace flyball
