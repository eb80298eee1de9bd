// Telemetry logs in files, written and read back. For tests.
#pragma once

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "env/logs/telemetry_log.h"
#include "tests/support/temporary_file.h"

namespace flyball {

inline std::string contents(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

inline std::string log_text(const TelemetryLogHeader& header,
                            const std::vector<TelemetryRow>& rows) {
  const TemporaryFile file;
  write_telemetry_log(file.path(), {header, rows});
  return contents(file.path());
}

struct ReadBack {
  std::size_t rows = 0;
  std::string warning;  // without the file's name
};

inline ReadBack read_back(const std::string& path) {
  ReadBack back;
  const TelemetryLog log = read_telemetry_log(path, [&](const std::string& line) {
    REQUIRE(line.starts_with(path + ": "));
    back.warning += line.substr(path.size() + 2);
  });
  back.rows = log.rows.size();
  return back;
}

}  // namespace flyball
