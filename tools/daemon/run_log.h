// The telemetry log of a run: when it cannot be written (a full disk, a limit, a number that is
// none) the log ends and that is said once; governing goes on. The last run's log goes on as
// NAME.1. Not thread-safe.
#pragma once

#include <memory>
#include <string>

#include "env/jetson/board_controls.h"
#include "env/logs/telemetry_log.h"

namespace flyball {

class RunLog final : public TelemetrySink {
 public:
  // Throws as TelemetryLogWriter does: a log that cannot be begun is the user's to mend.
  RunLog(const std::string& path, const TelemetryLogHeader& header, Teller tell);

  void write(const TelemetryRow& row) override;
  // Rows that come later are nobody's, and a second time changes nothing.
  void close(LogEnd how = LogEnd::kComplete);

 private:
  void end(const char* reason);

  std::string path_;
  Teller tell_;
  std::unique_ptr<TelemetryLogWriter> writer_;  // null: ended or closed
};

}  // namespace flyball
