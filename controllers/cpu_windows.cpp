#include "controllers/cpu_windows.h"

#include <algorithm>

namespace flyball {

CpuWindows::CpuWindows(std::span<const int> cpus)
    : cpus_(cpus.begin(), cpus.end()), counters_(cpus.size()), windows_(cpus.size()) {}

bool CpuWindows::take(const Telemetry& telemetry) {
  if (!telemetry.cpus) return false;
  wall_seconds_ = telemetry.cpus.time_seconds() - last_time_seconds_;
  last_time_seconds_ = telemetry.cpus.time_seconds();
  for (std::size_t i = 0; i < cpus_.size(); ++i) {
    Counters& counters = counters_[i];
    windows_[i] = CpuWindow{};
    const bool shown = cpus_[i] < telemetry.cpus->size() && (*telemetry.cpus)[cpus_[i]].online;
    if (shown) {
      const CpuTelemetry& now = (*telemetry.cpus)[cpus_[i]];
      if (counters.valid) {
        windows_[i] = {true, now.busy_seconds - counters.last.busy_seconds,
                       now.idle_seconds - counters.last.idle_seconds,
                       now.iowait_seconds - counters.last.iowait_seconds};
      }
      counters.last = now;
    }
    counters.valid = shown;
  }
  return true;
}

bool CpuWindows::any_valid() const {
  return std::any_of(windows_.begin(), windows_.end(), [](const CpuWindow& w) { return w.valid; });
}

}  // namespace flyball
