// Which column of a request log means what, and in which unit: told by the user or recognised by
// its name. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "env/csv/csv_header.h"

namespace flyball {

enum class RequestRole : std::uint8_t {
  kArrival,     // a time
  kQueueExit,   // a time: when it was handed on to be served
  kCompletion,  // a time
  kLatency,     // a duration, from arrival to completion
  kDeadline,    // the latency that was asked for; a time where it is later than the arrival
  kTimedOut,    // whether it was given up, not served
};

enum class RequestUnit : std::uint8_t {
  kAuto,  // epochs are told by their size, dates by their looks; durations: as the times are
  kSeconds,
  kMilliseconds,
  kMicroseconds,
  kNanoseconds,
  kIso,    // ISO 8601 and the other dates of time_stamp.h
  kFlag,   // true, false, 1, 0, yes, no
  kOk,     // a flag that is true where the request was served
  kHttp,   // a status: 400 and above was not served, nor what has none or one below 100
  kError,  // any text but "0", "false" and "ok": was not served
};

struct RequestColumn {
  RequestRole role = RequestRole::kArrival;
  std::string column;
  RequestUnit unit = RequestUnit::kAuto;
  bool was_told = false;
};

// "arrival", "queue_exit".
const char* to_string(RequestRole role);

// "arrival=t0:ms": ROLE=COLUMN[:UNIT]. Throws std::invalid_argument saying what is allowed.
RequestColumn parse_request_column(std::string_view text);

// What was told, completed by columns whose names say what they are; a role is taken at most once,
// the first name in the file wins. Throws LogError where a told column does not exist.
std::vector<RequestColumn> choose_request_columns(const CsvHeader& header,
                                                  std::span<const RequestColumn> told);

// The names that are recognised, one line a role, for a command's help.
std::string known_request_columns();

}  // namespace flyball
