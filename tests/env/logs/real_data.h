// Where the measurements of real boards are, if they are here at all.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

namespace flyball {

// The path, or empty (with a message) where the measurements are absent.
inline std::string real_data(const std::string& file) {
  const std::string path = std::string(FLYBALL_SOURCE_DIR "/../shared/data/") + file;
  if (std::filesystem::exists(path)) return path;
  MESSAGE("skipped: no measurements at " << path);
  return "";
}

}  // namespace flyball
