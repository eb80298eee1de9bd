// Reads a log of requests, one per row: CSV, JSON lines or an array of JSON objects. Needed are
// arrival and completion, or the latency and one of them; the rest is optional. Pure functions and
// values.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "env/logs/request_columns.h"

namespace flyball {

// Times are seconds of the log's own clock (usually since 1970).
struct LoggedRequest {
  double arrival_seconds = 0.0;
  std::optional<double> queue_exit_seconds;  // dispatched; absent when given up before, or unknown
  double completion_seconds = 0.0;           // answered, or given up
  std::optional<double> limit_seconds;       // on the latency
  bool timed_out = false;                    // given up, not served

  double latency_seconds() const { return completion_seconds - arrival_seconds; }
  bool missed() const { return timed_out || (limit_seconds && latency_seconds() > *limit_seconds); }
};

struct RequestLog {
  std::vector<LoggedRequest> requests;  // in the file's order
  std::size_t unfinished = 0;           // rows without a completion or latency: left out
  std::vector<std::string> notes;       // what was taken for what, what was left out
};

// Throws LogError: no columns that do, files that hold no single requests (aggregates of
// perf_analyzer, trtexec, ...: the message says what to record instead), values that are no times,
// a completion before its arrival, latencies that no request has; std::system_error when the file
// cannot be read.
RequestLog read_request_log(const std::string& path, std::span<const RequestColumn> told = {});

}  // namespace flyball
