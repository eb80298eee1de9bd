// Cumulative CPU times as differences over the reader's own windows. Not thread-safe.
#pragma once

#include <span>
#include <vector>

#include "env/telemetry.h"

namespace flyball {

// One CPU over the time since the last take(). Not `valid`: offline, or no earlier reading.
struct CpuWindow {
  bool valid = false;
  double busy_seconds = 0.0;
  double idle_seconds = 0.0;
  double iowait_seconds = 0.0;
};

class CpuWindows {
 public:
  CpuWindows() = default;
  // `cpus`: the numbers of the CPUs to watch.
  explicit CpuWindows(std::span<const int> cpus);

  // Closes the window and begins the next; false when the telemetry has no CPU times. Allocates
  // nothing. A CPU that comes back online has its first window one take() later.
  bool take(const Telemetry& telemetry);

  // Of the last window, one entry per watched CPU.
  std::span<const CpuWindow> windows() const { return windows_; }
  bool any_valid() const;
  double wall_seconds() const { return wall_seconds_; }

 private:
  struct Counters {
    bool valid = false;
    CpuTelemetry last;
  };
  std::vector<std::size_t> cpus_;
  std::vector<Counters> counters_;
  std::vector<CpuWindow> windows_;
  double wall_seconds_ = 0.0;
  double last_time_seconds_ = 0.0;
};

}  // namespace flyball
