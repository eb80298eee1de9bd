// The control of a clock by its limits: a minimum and a maximum file, the governor left in place.
// Values in hertz outside, the file's unit inside. Not thread-safe; no allocation.
#pragma once

#include <string>
#include <system_error>

#include "env/jetson/backup.h"
#include "env/jetson/sysfs_file.h"

namespace flyball {

struct FrequencyRange {
  double floor_hz = 0.0;
  double ceiling_hz = 0.0;
  friend bool operator==(const FrequencyRange&, const FrequencyRange&) = default;
};

class FrequencyLimits {
 public:
  // `unit_hz`: 1000 for cpufreq (kHz), 1 for devfreq.
  FrequencyLimits(const std::string& min_path, const std::string& max_path, double unit_hz);

  // What is in force. Where the minimum is above the maximum the maximum wins, as in the kernel.
  [[nodiscard]] std::error_code read(FrequencyRange& range) noexcept;
  // Writes on change, the maximum first when it rises and the minimum first when it falls, and
  // reads back. After an error the former limits are written again.
  [[nodiscard]] std::error_code set(FrequencyRange range) noexcept;
  // The files' own numbers, paths relative to `root`. Throws std::system_error naming the path.
  BackupRecord save(const std::string& root);

 private:
  std::error_code read_raw(long long& low, long long& high) noexcept;
  std::error_code write_raw(long long low, long long high) noexcept;

  SysfsFile min_;
  SysfsFile max_;
  double unit_hz_;
};

// Writes a pair in the order that never crosses, given what is in force.
[[nodiscard]] std::error_code write_limits(SysfsFile& min_file, SysfsFile& max_file, long long low,
                                           long long high) noexcept;

// `path` below `root`, as a backup names it. Requires: path starts with root.
std::string relative_path(const std::string& path, const std::string& root);

}  // namespace flyball
