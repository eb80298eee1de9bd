#include "tools/commands/inspect_log.h"

#include <nlohmann/json.hpp>

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

void inspect_log(const std::string& path, InspectFormat format) {
  const LogSummary summary = read_summary(path);
  if (format == InspectFormat::kJson) {
    say("{}\n", summary.to_json(path).dump(2));
  } else {
    say("{}", summary.to_text(path));
  }
}

}  // namespace flyball
