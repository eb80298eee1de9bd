// The telemetry log of a run: when it cannot be written (a full disk, a limit, a number that is
// none) the log ends and that is said once; governing goes on. The last run's log goes on as
// NAME.1. Not thread-safe.
//
// With a limit the log is a ring of files, NAME.csv, NAME-2.csv ... NAME-4.csv, each a whole log of
// a quarter of the limit, which `flyball train` takes together. All are opened at the start, as the
// right to open them may be given up; the oldest is emptied and written anew.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "env/jetson/board_controls.h"
#include "env/jetson/descriptor.h"
#include "env/logs/telemetry_log.h"

namespace flyball {

class RunLog final : public TelemetrySink {
 public:
  // Throws as TelemetryLogWriter does: a log that cannot be begun is the user's to mend.
  // `most_bytes`: of all files together, but for what a file takes in the second in which it is
  // full; absent: one file, without an end.
  RunLog(const std::string& path, const TelemetryLogHeader& header, Teller tell,
         std::optional<std::uint64_t> most_bytes = std::nullopt);

  void write(const TelemetryRow& row) override;
  // Rows reach the file within a second; now all of them.
  void flush();
  // Rows that come later are nobody's, and a second time changes nothing.
  void close(LogEnd how = LogEnd::kComplete);

 private:
  struct Part {
    std::string path;
    Descriptor file;
  };
  void open_parts(const std::string& path);
  void begin(std::size_t part);
  bool is_full() const;
  void end(const char* reason);

  std::string path_;  // of the part that is written
  TelemetryLogHeader header_;
  Teller tell_;
  std::uint64_t part_bytes_ = 0;  // 0: one file without a limit
  std::vector<Part> parts_;
  std::size_t part_ = 0;
  std::unique_ptr<TelemetryLogWriter> writer_;  // null: ended or closed
};

// The files of a ring, the first one first: "log.csv", "log-2.csv", ...
std::vector<std::string> ring_paths(const std::string& path);

}  // namespace flyball
