// The comment lines at the head of a telemetry log (env/logs/FORMAT.md). Private to env/logs.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "env/logs/log_error.h"
#include "env/logs/telemetry_log.h"

namespace flyball {

constexpr std::string_view kTelemetryLogFirstLine = "# flyball-telemetry-log 1";

// All '#' lines, the magic first. Throws std::invalid_argument for what the format cannot hold.
std::string format_telemetry_header(const TelemetryLogHeader& header,
                                    const TelemetryLogOptions& options);

struct ParsedTelemetryHeader {
  TelemetryLogHeader header;
  TelemetryLogOptions options;
  bool has_end_mark = false;  // promised: a log without one was cut
};

// Reads one '#' line after the other; finish() checks what must be there. Throws LogError.
class TelemetryHeaderParser {
 public:
  explicit TelemetryHeaderParser(std::string path) : path_(std::move(path)) {}
  void line(const std::string& text, std::size_t number);
  ParsedTelemetryHeader finish(std::size_t number) const;

 private:
  void entry(const std::string& key, const std::string& value, std::size_t number);
  [[noreturn]] void fail(std::size_t number, std::size_t column, const std::string& message) const;

  std::string path_;
  ParsedTelemetryHeader parsed_;
  bool has_magic_ = false;
  bool has_board_ = false;
};

}  // namespace flyball
