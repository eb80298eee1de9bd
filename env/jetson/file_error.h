// Which file refused, and why: the outcome of doing something to several files. A value.
#pragma once

#include <system_error>

namespace flyball {

struct FileError {
  std::error_code code;
  const char* file = "";  // its path, which lives as long as the object that was asked

  explicit operator bool() const { return static_cast<bool>(code); }
};

// A CPU policy whose CPUs are offline keeps its files, and newer kernels answer so (cpufreq.c,
// show() and store()). What was set there stays and holds again when they come back.
inline bool is_offline(const std::error_code& error) {
  return error == std::errc::device_or_resource_busy;
}

// What no longer exists, or is switched off: a CPU policy whose CPUs went offline, an application
// that ended.
inline bool is_gone(const std::error_code& error) {
  return error == std::errc::no_such_file_or_directory || error == std::errc::no_such_device ||
         is_offline(error);
}

}  // namespace flyball
