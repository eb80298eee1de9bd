// The load of a cpufreq policy as the kernel's sampling governors (ondemand, conservative) take it:
// that of its busiest CPU over their sampling window. Not thread-safe. Described in kernel 5.10's
// cpufreq_governor.c; integer arithmetic as there. Left out: ignore_nice_load (0 by default).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "controllers/cpu_windows.h"

namespace flyball {

enum class IoWait { kIdle, kBusy };  // the kernel's io_is_busy: 0, 1

struct PolicyLoad {
  std::int64_t percent = 0;  // of the busiest CPU
  // Whole samples slept through by the CPU that slept least; absent unless one slept through two.
  std::optional<std::int64_t> idle_periods;
};

class PolicyLoadSampler {
 public:
  PolicyLoadSampler() = default;
  // `cpus`: the numbers of the policy's CPUs.
  explicit PolicyLoadSampler(std::span<const int> cpus, IoWait iowait = IoWait::kIdle);

  // Closes the window and begins the next; false when the telemetry has no CPU times. Allocates
  // nothing.
  bool take(const Telemetry& telemetry) { return cpus_.take(telemetry); }

  // Over the window last taken, when one was due after `sample_seconds`; call once per window.
  // Absent while no CPU has a window.
  std::optional<PolicyLoad> load(double sample_seconds);

 private:
  std::int64_t cpu_load(std::size_t cpu, std::int64_t idle_us, std::int64_t sample_us);

  CpuWindows cpus_;
  IoWait iowait_ = IoWait::kIdle;
  std::vector<std::int64_t> previous_load_;  // per CPU; 0: none to fall back on
};

}  // namespace flyball
