// Makes a telemetry log of what boards record by themselves: tegrastats output and, where there is
// one, a log of requests. One image is one request; a timed-out one counts in W and in the misses,
// not in n. Pure functions and values.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "env/board.h"
#include "env/logs/request_log.h"
#include "env/logs/tegrastats.h"
#include "env/logs/telemetry_log.h"

namespace flyball {

struct ImportConfig {
  Board board;
  std::optional<int> mode;                       // nvpmodel mode: limits; absent: unlimited
  std::optional<double> utc_offset_hours;        // of the tegrastats stamps; absent: estimated
  std::optional<double> request_offset_seconds;  // how far the request clock is ahead of the
                                                 // board's; absent: estimated
  std::string governor = "stock";                // who governed, for the header
  std::string scenario;                          // what was run, for the header
  std::vector<Board> known_boards = {};          // one of them may fit better than `board`
  bool force = false;                            // a log that shows another board is a warning
};

// What was imported. Energy is over the true stamps: trapezoids between lines, and the last line of
// each run for one mean interval.
struct ImportReport {
  std::size_t samples = 0;
  std::size_t requests = 0;  // in the request log
  std::size_t served = 0;    // of these, not timed out
  std::size_t missed = 0;    // late or timed out
  std::size_t timed_out = 0;
  std::size_t unfinished = 0;  // complete after the last row ends
  std::size_t unlogged = 0;    // served before the first row or in a gap: in no row
  std::size_t runs = 0;        // stretches without a gap
  double span_seconds = 0.0;
  std::optional<double> energy_joules;  // of the rows that show power; absent when none does
  double powered_seconds = 0.0;         // of these rows; their mean power is energy over this
  std::optional<double> utc_offset_hours;
  std::optional<double> request_offset_seconds;
  bool utc_offset_estimated = false;
  bool request_offset_estimated = false;
  bool request_offset_assumed = false;  // the data do not show it: 0
  std::optional<double> correlation;    // of board activity with requests in service
  std::vector<std::string> warnings;    // what the log cannot show
};

struct Import {
  TelemetryLog log;
  ImportReport report;
};

// Row times count from the first tegrastats line. Domains that no line shows are left out of the
// plant's description. Throws std::invalid_argument when the logs do not belong together: the log
// shows another board or mode (see board_check.h; `force` goes on, but for another number of CPUs),
// no overlap in time, requests without stamps.
Import import_logs(const ImportConfig& config, const TegrastatsLog& tegrastats,
                   std::span<const LoggedRequest> requests);

}  // namespace flyball
