#include "tools/commands/inspect_log.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "env/logs/log_error.h"
#include "env/logs/telemetry_log.h"
#include "tests/env/logs/sample_telemetry.h"
#include "tests/support/captured_stream.h"
#include "tests/support/temporary_file.h"

using namespace flyball;

namespace {

std::string shown(const std::string& path, InspectFormat format) {
  return captured(STDOUT_FILENO, [&] { inspect_log(path, format); });
}

// Rows of a second each.
TelemetryLog five_seconds() {
  TelemetryLog log{small_header(), {}};
  for (int i = 0; i < 5; ++i) {
    TelemetryRow& row = log.rows.emplace_back();
    row.telemetry.time_seconds = i;
    row.period_seconds = 1.0;
  }
  return log;
}

}  // namespace

TEST_CASE("a log is shown to people and to programs, and as whole where it is") {
  const TemporaryFile file;
  write_telemetry_log(file.path(), five_seconds());
  const std::string text = shown(file.path(), InspectFormat::kText);
  CHECK(text.starts_with(file.path() + ": a telemetry log, 5 rows over 5.0 s\n"));
  CHECK(text.find("end        whole\n") != std::string::npos);
  const auto json = nlohmann::json::parse(shown(file.path(), InspectFormat::kJson));
  CHECK(json["rows"] == 5);
  CHECK(json["board"] == "two-core");
}

TEST_CASE("a log that was cut is shown as far as it goes, and as cut") {
  const TemporaryFile file;
  write_telemetry_log(file.path(), five_seconds());
  std::filesystem::resize_file(file.path(), std::filesystem::file_size(file.path()) - 20);
  const std::string text = shown(file.path(), InspectFormat::kText);
  CHECK(text.find("end        cut in line ") != std::string::npos);
}

TEST_CASE("a line that no log has is refused with its place") {
  const TemporaryFile file("# flyball-telemetry-log 1\n# nonsense\n");
  CHECK_THROWS_AS(inspect_log(file.path(), InspectFormat::kText), LogError);
}
