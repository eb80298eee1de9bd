// The telemetry log on disk: CSV with a typed header; the format is env/logs/FORMAT.md. Doubles
// round-trip exactly. Not thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "env/logs/telemetry_row.h"

namespace flyball {

struct TelemetryLogOptions {
  // Columns for TelemetryRow::at_effect. A row with a snapshot is refused without them.
  bool with_effect_snapshot = false;
  double flush_seconds = 1.0;  // rows reach the file at least this often (when rows come)
};

// Writes rows as they come. The file appears under its name with its whole header or not at all,
// and grows by whole rows: a killed program loses at most the last `flush_seconds`; a destroyed
// writer loses nothing. Writing a row allocates nothing once the buffer has its size.
class TelemetryLogWriter final : public TelemetrySink {
 public:
  // Replaces `path`. Throws std::system_error when it cannot be written, std::invalid_argument for
  // a header that the format cannot hold (names with spaces, commas, ...).
  TelemetryLogWriter(const std::string& path, const TelemetryLogHeader& header,
                     const TelemetryLogOptions& options = {});
  ~TelemetryLogWriter() override;  // flushes; call close() to hear of errors
  TelemetryLogWriter(const TelemetryLogWriter&) = delete;
  TelemetryLogWriter& operator=(const TelemetryLogWriter&) = delete;

  // Throws std::invalid_argument, naming the column, for a row that does not fit the header or
  // holds a number that is not finite; std::system_error when the file cannot be written.
  void write(const TelemetryRow& row) override;
  void flush();
  // Flushes and closes; write() must not be called any more.
  void close();
  std::size_t rows() const { return rows_; }

 private:
  std::string path_;
  TelemetryLogHeader header_;
  TelemetryLogOptions options_;
  std::string buffer_;
  int file_ = -1;
  std::size_t rows_ = 0;
  std::chrono::steady_clock::time_point last_flush_;
};

// Reads row by row. Throws LogError (file, line, column, what was expected) for malformed input,
// std::system_error when the file cannot be opened.
class TelemetryLogReader {
 public:
  explicit TelemetryLogReader(const std::string& path);
  const TelemetryLogHeader& header() const { return header_; }
  const TelemetryLogOptions& options() const { return options_; }
  // Fills `row`, reusing its storage; false at the end of the file.
  bool next(TelemetryRow& row);

 private:
  bool next_line();
  void check_levels(const Setting& setting) const;

  std::string path_;
  std::ifstream stream_;
  TelemetryLogHeader header_;
  TelemetryLogOptions options_;
  std::vector<std::string> columns_;
  std::string line_;
  std::size_t line_number_ = 0;
};

struct TelemetryLog {
  TelemetryLogHeader header;
  std::vector<TelemetryRow> rows;
};

// The whole file; see TelemetryLogReader for what it throws.
TelemetryLog read_telemetry_log(const std::string& path);

// Writes a whole log and closes it.
void write_telemetry_log(const std::string& path, const TelemetryLog& log);

}  // namespace flyball
