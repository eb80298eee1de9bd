// Which file refused, and why: the outcome of doing something to several files. A value.
#pragma once

#include <system_error>

namespace flyball {

struct FileError {
  std::error_code code;
  const char* file = "";  // its path, which lives as long as the object that was asked

  explicit operator bool() const { return static_cast<bool>(code); }
};

// What no longer exists: a CPU policy whose CPUs went offline, an application that ended.
inline bool is_gone(const std::error_code& error) {
  return error == std::errc::no_such_file_or_directory || error == std::errc::no_such_device;
}

}  // namespace flyball
