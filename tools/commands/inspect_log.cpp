#include "tools/commands/inspect_log.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>

#include "env/errors.h"
#include "env/logs/telemetry_log.h"
#include "tools/console.h"
#include "tools/interrupt.h"
#include "tools/reports/log_summary.h"

namespace flyball {

namespace {

constexpr std::size_t kRowsAtOnce = 1024;

LogSummary read_summary(const std::string& path) {
  TelemetryLogReader reader(path);
  LogSummary summary(reader.header());
  TelemetryRow row;
  for (std::size_t i = 1; reader.next(row); ++i) {
    summary.add(row);
    if (i % kRowsAtOnce == 0 && interrupted()) throw Interrupted("interrupted");
  }
  const std::string& shortcoming = reader.shortcoming();
  summary.set_end(shortcoming.empty() ? "whole" : shortcoming);
  return summary;
}

}  // namespace

bool is_telemetry_log(const std::string& path) {
  if (!std::filesystem::is_regular_file(path)) return false;
  constexpr std::string_view kBegin = "# flyball-telemetry-log";
  std::ifstream stream(path, std::ios::binary);
  std::string begin(kBegin.size(), '\0');
  stream.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  return begin == kBegin;
}

void inspect_log(const std::string& path, InspectFormat format) {
  const LogSummary summary = read_summary(path);
  if (format == InspectFormat::kJson) {
    say("{}\n", summary.to_json(path).dump(2));
  } else {
    say("{}", summary.to_text(path));
  }
}

}  // namespace flyball
