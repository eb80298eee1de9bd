// Cumulative busy, idle and iowait time per CPU, from /proc/stat. Not thread-safe; reading
// allocates nothing.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "env/jetson/file_error.h"
#include "env/jetson/sysfs_file.h"
#include "env/telemetry.h"

namespace flyball {

class CpuTimes {
 public:
  explicit CpuTimes(const std::string& root);

  // One entry per possible CPU. A CPU without a line is offline and keeps its last times, so that
  // the counters never go back.
  [[nodiscard]] FileError read(std::span<CpuTelemetry> cpus) noexcept;

 private:
  SysfsFile file_;
  double seconds_per_tick_;
  std::array<char, 8192> buffer_{};  // the CPUs' lines come first
};

// Parses the text of /proc/stat. JetsonError::kIncomplete when no CPU has a line.
[[nodiscard]] std::error_code parse_cpu_times(std::string_view text, double seconds_per_tick,
                                              std::span<CpuTelemetry> cpus) noexcept;

}  // namespace flyball
