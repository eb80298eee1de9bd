// Reads a log of requests (CSV, one image per row): Arrival Time, Queue Exit Time, Completion Time,
// Requested Latency, Timed Out; other columns are left alone. Pure functions and values.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace flyball {

// Times are seconds of the log's own clock (usually since 1970).
struct LoggedRequest {
  double arrival_seconds = 0.0;
  std::optional<double> queue_exit_seconds;  // dispatched; absent when given up before
  double completion_seconds = 0.0;           // answered, or given up
  std::optional<double> limit_seconds;       // on the latency
  bool timed_out = false;                    // given up, not served

  double latency_seconds() const { return completion_seconds - arrival_seconds; }
  bool missed() const { return timed_out || (limit_seconds && latency_seconds() > *limit_seconds); }
};

// In the file's order; columns are found by name, in any order. Throws LogError for missing
// columns, values that are not numbers or not finite, a completion before its arrival, a served
// request that never left the queue; std::system_error when the file cannot be read.
std::vector<LoggedRequest> read_request_log(const std::string& path);

}  // namespace flyball
