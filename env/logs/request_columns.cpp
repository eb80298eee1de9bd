#include "env/logs/request_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "env/excerpt.h"
#include "env/logs/column_name.h"
#include "env/logs/log_error.h"

namespace flyball {

namespace {

struct Role {
  RequestRole role;
  const char* name;
  std::vector<std::string_view> stems;  // of column names: lower case, '_' for what is no letter
};

const std::vector<Role>& roles() {
  static const std::vector<Role> all = {
      {RequestRole::kArrival,
       "arrival",
       {"arrival",    "arrival_time", "arrived",     "arrived_at",      "start",
        "start_time", "start_ts",     "started_at",  "start_timestamp", "request_start",
        "begin",      "t0",           "t_start",     "t_arrival",       "sent",
        "sent_at",    "send_time",    "submit_time", "enqueue_time",    "ts",
        "time",       "timestamp",    "time_stamp"}},
      {RequestRole::kQueueExit,
       "queue_exit",
       {"queue_exit", "queue_exit_time", "dequeued", "dequeue_time", "dispatched", "dispatch_time",
        "service_start", "compute_start"}},
      {RequestRole::kCompletion,
       "completion",
       {"completion", "completion_time", "completed", "completed_at", "end", "end_time", "end_ts",
        "ended_at", "end_timestamp", "request_end", "finish", "finish_time", "finished_at", "done",
        "t1", "t_end", "t_completion", "received_at"}},
      {RequestRole::kLatency,
       "latency",
       {"latency", "e2e_latency", "end_to_end_latency", "total_latency", "request_latency",
        "duration", "elapsed", "response_time", "request_time", "rtt"}},
      {RequestRole::kDeadline,
       "deadline",
       {"requested_latency", "deadline", "latency_limit", "limit", "slo", "latency_slo"}},
      {RequestRole::kTimedOut,
       "timed_out",
       {"timed_out", "timedout", "dropped", "expired", "failed", "ok", "success", "status",
        "status_code", "response_code", "http_status", "error", "error_message", "exception"}},
  };
  return all;
}

constexpr std::array<std::pair<const char*, RequestUnit>, 9> kUnits = {{
    {"s", RequestUnit::kSeconds},
    {"ms", RequestUnit::kMilliseconds},
    {"us", RequestUnit::kMicroseconds},
    {"ns", RequestUnit::kNanoseconds},
    {"iso", RequestUnit::kIso},
    {"flag", RequestUnit::kFlag},
    {"ok", RequestUnit::kOk},
    {"http", RequestUnit::kHttp},
    {"error", RequestUnit::kError},
}};

constexpr std::array<std::pair<std::string_view, RequestUnit>, 10> kSuffixes = {{
    {"_seconds", RequestUnit::kSeconds},
    {"_sec", RequestUnit::kSeconds},
    {"_s", RequestUnit::kSeconds},
    {"_ms", RequestUnit::kMilliseconds},
    {"_millis", RequestUnit::kMilliseconds},
    {"_msec", RequestUnit::kMilliseconds},
    {"_usec", RequestUnit::kMicroseconds},
    {"_us", RequestUnit::kMicroseconds},
    {"_ns", RequestUnit::kNanoseconds},
    {"_iso", RequestUnit::kIso},
}};

RequestUnit unit_named(std::string_view stem) {
  if (stem == "ok" || stem == "success") return RequestUnit::kOk;
  if (stem.find("status") != std::string_view::npos || stem == "response_code") {
    return RequestUnit::kHttp;
  }
  const bool is_error = stem == "error" || stem == "error_message" || stem == "exception";
  return is_error ? RequestUnit::kError : RequestUnit::kAuto;
}

// Splits the unit off a plain name.
std::pair<std::string_view, RequestUnit> unit_of(std::string_view name) {
  for (const auto& [suffix, unit] : kSuffixes) {
    if (name.ends_with(suffix)) return {name.substr(0, name.size() - suffix.size()), unit};
  }
  return {name, unit_named(name)};
}

std::optional<RequestColumn> recognise(const std::string& column) {
  const std::string name = plain_column_name(column);
  const auto [stem, unit] = unit_of(name);
  for (const Role& role : roles()) {
    if (std::find(role.stems.begin(), role.stems.end(), stem) == role.stems.end()) continue;
    return RequestColumn{role.role, column, unit, false};
  }
  return std::nullopt;
}

}  // namespace

const char* to_string(RequestRole role) {
  return std::find_if(roles().begin(), roles().end(),
                      [&](const Role& entry) { return entry.role == role; })
      ->name;
}

RequestColumn parse_request_column(std::string_view text) {
  const auto equals = text.find('=');
  const auto fail = [&](const std::string& message) {
    throw std::invalid_argument(fmt::format("--column {}: {}", excerpt(text), message));
  };
  if (equals == std::string_view::npos || equals + 1 == text.size()) {
    fail("expected ROLE=COLUMN[:UNIT], as in arrival=t0:ms");
  }
  RequestColumn choice{RequestRole::kArrival, std::string(text.substr(equals + 1)),
                       RequestUnit::kAuto, true};
  const auto role = std::find_if(roles().begin(), roles().end(), [&](const Role& entry) {
    return entry.name == text.substr(0, equals);
  });
  if (role == roles().end()) {
    fail(
        "there is no such role (there are: arrival, queue_exit, completion, latency, deadline, "
        "timed_out)");
  }
  choice.role = role->role;
  const auto colon = choice.column.rfind(':');
  if (colon == std::string::npos) {
    choice.unit = unit_of(plain_column_name(choice.column)).second;
    return choice;
  }
  const std::string unit = choice.column.substr(colon + 1);
  choice.column.resize(colon);
  const auto known = std::find_if(kUnits.begin(), kUnits.end(),
                                  [&](const auto& entry) { return entry.first == unit; });
  const bool is_flag = known != kUnits.end() && known->second >= RequestUnit::kFlag;
  if (known == kUnits.end() || is_flag != (choice.role == RequestRole::kTimedOut)) {
    fail(
        choice.role == RequestRole::kTimedOut
            ? "the unit is flag (true: given up), ok (true: served), http (a status) or error (any "
              "text: given up)"
            : "the unit is s, ms, us, ns or iso");
  }
  choice.unit = known->second;
  return choice;
}

std::vector<RequestColumn> choose_request_columns(const CsvHeader& header,
                                                  std::span<const RequestColumn> told) {
  std::vector<RequestColumn> chosen(told.begin(), told.end());
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const RequestColumn& choice = chosen[i];
    for (std::size_t other = 0; other < i; ++other) {
      if (chosen[other].role != choice.role) continue;
      throw LogError(
          header.file, header.header_line, 1,
          fmt::format("--column names two columns for {}: {} and {}", to_string(choice.role),
                      excerpt(chosen[other].column), excerpt(choice.column)));
    }
    if (header.find(choice.column)) continue;
    throw LogError(header.file, header.header_line, 1,
                   fmt::format("no column \"{}\" (there are: {})", excerpt(choice.column),
                               excerpt(fmt::format("{}", fmt::join(header.columns, ", ")), 400)));
  }
  for (const std::string& column : header.columns) {
    const auto known = recognise(column);
    const bool is_taken = known && std::any_of(chosen.begin(), chosen.end(), [&](const auto& c) {
                            return c.role == known->role || c.column == column;
                          });
    if (known && !is_taken) chosen.push_back(*known);
  }
  return chosen;
}

std::string known_request_columns() {
  constexpr std::size_t kWidth = 100;
  std::string text;
  for (const Role& role : roles()) {
    std::string line = fmt::format("  {:<11}", role.name);
    for (std::size_t i = 0; i < role.stems.size(); ++i) {
      const std::string word = std::string(role.stems[i]) + (i + 1 < role.stems.size() ? "," : "");
      if (line.size() + 1 + word.size() > kWidth) {
        text += line + '\n';
        line = std::string(13, ' ');
      }
      line += ' ' + word;
    }
    text += line + '\n';
  }
  return text;
}

}  // namespace flyball
