// The application's figures as files under run/flyball/application, until there is a faster link.
// env/jetson/README.md documents them. Not thread-safe; reading allocates nothing.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "env/jetson/file_error.h"
#include "env/jetson/sysfs_file.h"
#include "env/telemetry.h"

namespace flyball {

class ApplicationFiles {
 public:
  ApplicationFiles(const std::string& root, double patience_seconds);

  // Whether an application was there at the start.
  bool present() const { return present_; }
  // The batch ceilings it accepts, ascending; empty: it takes none. Throws std::runtime_error
  // naming the file when they are not ascending numbers.
  std::vector<double> batch_levels() const;

  // The figures with the application's own stamp, which is the monotonic clock's. Absent, with
  // JetsonError::kStale, when they were not written for longer than the patience: the application
  // died, or hangs. One that was started again is found by its new files.
  [[nodiscard]] FileError read(double now_seconds,
                               Stamped<ApplicationTelemetry>& telemetry) noexcept;

  const std::string& telemetry_path() const { return telemetry_.path(); }
  const std::string& batch_path() const { return batch_path_; }

 private:
  bool present_ = false;
  double patience_seconds_;
  std::string levels_path_;
  std::string batch_path_;
  SysfsFile telemetry_;
  std::array<char, 2048> buffer_{};
};

// Parses "key value" lines. Unknown keys are left to newer readers; JetsonError::kMalformed for a
// value that is no number, kIncomplete without stamp_seconds or a cumulative figure.
[[nodiscard]] std::error_code parse_application(std::string_view text, double& stamp_seconds,
                                                ApplicationTelemetry& application) noexcept;

}  // namespace flyball
