// The telemetry log on disk: CSV with a typed header; the format is env/logs/FORMAT.md. Doubles
// round-trip exactly. Not thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "env/logs/telemetry_row.h"
#include "env/output_file.h"

namespace flyball {

struct TelemetryLogOptions {
  // Columns for TelemetryRow::at_effect. A row with a snapshot is refused without them.
  bool with_effect_snapshot = false;
  double flush_seconds = 1.0;  // rows reach the file at least this often (when rows come)
  // The log takes its name at once, with its whole header, and grows there; otherwise only when it
  // is closed, and what was there before stays until then. A live log is written as by a program
  // that nobody attends to (env/output_file.h).
  bool live = false;
};

// How a log ends: its last line says so.
enum class LogEnd : std::uint8_t { kComplete, kInterrupted };

// Writes rows as they come, to any output that OutputFile writes. A live log grows by whole rows: a
// killed program loses at most the last `flush_seconds`, and leaves a log without an end mark.
// Writing a row allocates nothing once the buffer has its size.
class TelemetryLogWriter final : public TelemetrySink {
 public:
  // Throws std::system_error when `path` cannot be written, std::invalid_argument for a header that
  // the format cannot hold (names with spaces, commas, ...).
  TelemetryLogWriter(const std::string& path, const TelemetryLogHeader& header,
                     const TelemetryLogOptions& options = {});
  // Without close() a live log keeps its rows and has no end mark, and another is given up.
  ~TelemetryLogWriter() override;
  TelemetryLogWriter(const TelemetryLogWriter&) = delete;
  TelemetryLogWriter& operator=(const TelemetryLogWriter&) = delete;

  // Throws std::invalid_argument, naming the column, for a row that does not fit the header or
  // holds a number that is not finite; std::system_error when the file cannot be written.
  void write(const TelemetryRow& row) override;
  void flush();
  // Writes the end mark and closes; write() must not be called any more.
  void close(LogEnd end = LogEnd::kComplete);
  std::size_t rows() const { return rows_; }

 private:
  std::string path_;
  TelemetryLogHeader header_;
  TelemetryLogOptions options_;
  std::string buffer_;
  std::optional<OutputFile> file_;  // absent: closed
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
  // Fills `row`, reusing its storage; false at the end of the file. A last row that was cut is left
  // out.
  bool next(TelemetryRow& row);
  // Once next() has said no: in what way the log is not whole ("cut after 12 rows: ..."). Empty: it
  // is, or it is of a writer that sets no end marks.
  const std::string& shortcoming() const { return shortcoming_; }

 private:
  bool next_line();
  void read_end_mark();
  void miss_end_mark();
  void check_row(const TelemetryRow& row) const;
  void check_order(const TelemetryRow& row);
  void check_levels(const Setting& setting) const;

  std::string path_;
  std::ifstream stream_;
  TelemetryLogHeader header_;
  TelemetryLogOptions options_;
  std::vector<std::string> columns_;
  std::string line_;
  std::size_t line_number_ = 0;
  std::size_t rows_ = 0;
  std::optional<double>
      not_before_seconds_;  // the next row; absent: it begins a stretch of its own
  bool promises_mark_ = false;
  bool cut_in_line_ = false;
  bool ended_ = false;
  std::string shortcoming_;
};

struct TelemetryLog {
  TelemetryLogHeader header;
  std::vector<TelemetryRow> rows;
};

// Hears of a log that is not whole: "FILE: cut after 12 rows: ...".
using LogWarning = std::function<void(const std::string& line)>;

// The whole file, or what is left of it; see TelemetryLogReader for what it throws.
TelemetryLog read_telemetry_log(const std::string& path, const LogWarning& warn = {});

// Whether a regular file begins as a telemetry log does, of whatever version.
bool is_telemetry_log(const std::string& path);

// Writes a whole log.
void write_telemetry_log(const std::string& path, const TelemetryLog& log);

}  // namespace flyball
