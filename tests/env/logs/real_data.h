// Where the measurements of real boards are, if they are here at all.
#pragma once

#include <filesystem>
#include <string>

#include "tests/support/skip.h"

namespace flyball {

// The path, or empty (and the test counts as skipped) where the measurements are absent.
inline std::string real_data(const std::string& file) {
  const std::string path = std::string(FLYBALL_SOURCE_DIR "/../shared/data/") + file;
  if (std::filesystem::exists(path)) return path;
  skip_test("no measurements at " + path);
  return "";
}

}  // namespace flyball
