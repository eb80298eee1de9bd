#include "env/logs/request_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "env/csv/csv_reader.h"
#include "env/excerpt.h"
#include "env/logs/column_name.h"
#include "env/logs/foreign_request_log.h"
#include "env/logs/json_rows.h"
#include "env/logs/log_error.h"
#include "env/logs/time_stamp.h"
#include "env/statistics.h"
#include "env/text_file.h"

namespace flyball {

namespace {

// What a request can take; outside, the unit is wrong.
constexpr double kLeastLatencySeconds = 1e-6;
constexpr double kMostGuessedSeconds = 10.0;    // in a unit that nobody named
constexpr double kMostLatencySeconds = 3600.0;  // a row's own, and the median's
// How far a latency may be from completion less arrival, where a file has all three.
constexpr double kMostDisagreement = 0.2;
constexpr double kMostDifferenceSeconds = 0.01;

// The factor to seconds; absent for units that have none.
std::optional<double> factor_of(RequestUnit unit) {
  switch (unit) {
    case RequestUnit::kSeconds: return 1.0;
    case RequestUnit::kMilliseconds: return 1e-3;
    case RequestUnit::kMicroseconds: return 1e-6;
    case RequestUnit::kNanoseconds: return 1e-9;
    default: return std::nullopt;
  }
}

constexpr std::array<std::pair<const char*, double>, 4> kDurations = {
    {{"s", 1.0}, {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}}};

// Epochs of our time in s, ms, us and ns are told by their size.
double epoch_factor(double value) {
  double factor = 1.0;
  for (const double least : {1e11, 1e14, 1e17}) factor *= value >= least ? 1e-3 : 1.0;
  return factor;
}

// Reads the rows of one file; one instance per file.
class Reader {
 public:
  Reader(const CsvFile& file, std::span<const RequestColumn> told) : file_(file) {
    for (RequestColumn& column : choose_request_columns(file, told)) {
      auto& slot = columns_[static_cast<std::size_t>(column.role)];
      slot = Slot{*file.find(column.column), column};
    }
    require_roles();
    settle_durations();
    settle_dates();
  }

  RequestLog read() {
    for (const CsvRow& row : file_.rows) {
      try {
        add(row);
      } catch (const LogError&) {
        if (row.has_end) throw;
        log_.notes.push_back(fmt::format("line {} is cut and left out", row.line));
      }
    }
    if (log_.requests.empty()) {
      fail(fmt::format("no requests: none of {} rows has an arrival and a completion",
                       file_.rows.size()));
    }
    check_latencies();
    describe();
    return std::move(log_);
  }

 private:
  struct Slot {
    std::size_t index = 0;
    RequestColumn column;
  };

  const std::optional<Slot>& slot(RequestRole role) const {
    return columns_[static_cast<std::size_t>(role)];
  }
  [[noreturn]] void fail(const std::string& message) const {
    throw LogError(file_.file, file_.header_line, 1, message);
  }

  void require_roles() const {
    const int known = (slot(RequestRole::kArrival) ? 1 : 0) +
                      (slot(RequestRole::kCompletion) ? 1 : 0) +
                      (slot(RequestRole::kLatency) ? 1 : 0);
    const bool has_time = slot(RequestRole::kArrival) || slot(RequestRole::kCompletion);
    if (known >= 2 && has_time) return;
    fail(fmt::format(
        "needed are arrival and completion, or the latency and one of them: name columns with "
        "--column ROLE=NAME:UNIT, as in arrival=t0:ms (there are: {})",
        excerpt(fmt::format("{}", fmt::join(file_.columns, ", ")), 300)));
  }

  // Durations without a unit of their own are in that of the times.
  void settle_durations() {
    for (const RequestRole role : {RequestRole::kArrival, RequestRole::kCompletion}) {
      if (!slot(role)) continue;
      if (const auto factor = factor_of(slot(role)->column.unit)) {
        duration_factor_ = *factor;
        return;
      }
      for (const CsvRow& row : file_.rows) {
        const auto value = csv_number(row.cells[slot(role)->index], file_.dialect);
        if (!value) continue;
        duration_factor_ = epoch_factor(*value);
        return;
      }
    }
  }

  // All dates of the file are read in the same order of month and day.
  void settle_dates() {
    std::vector<TimeStamp> stamps;
    for (const RequestRole role : {RequestRole::kArrival, RequestRole::kQueueExit,
                                   RequestRole::kCompletion, RequestRole::kDeadline}) {
      if (!slot(role)) continue;
      for (const CsvRow& row : file_.rows) {
        const std::string& cell = row.cells[slot(role)->index];
        if (cell.find_first_of("-/.") == std::string::npos) continue;
        if (const auto stamp = parse_time_stamp(cell)) stamps.push_back(*stamp);
      }
    }
    DateOrderChoice choice = choose_date_order(stamps);
    if (!choice.note.empty()) log_.notes.push_back(std::move(choice.note));
    date_order_ = choice.order;
  }

  bool has(const CsvRow& row, RequestRole role) const {
    return slot(role) && !is_absent_cell(row.cells[slot(role)->index]);
  }

  double time(const CsvRow& row, RequestRole role) const {
    const double seconds = any_time(row, role);
    if (std::abs(seconds) <= kMostClockSeconds) return seconds;
    file_.fail(row, slot(role)->index,
               fmt::format("a time: at most {:g} s, not {:g} s; is a unit wrong? Tell it with "
                           "--column ROLE=NAME:UNIT (s, ms, us, ns, iso)",
                           kMostClockSeconds, seconds));
  }

  double any_time(const CsvRow& row, RequestRole role) const {
    const Slot& at = *slot(role);
    if (const auto factor = factor_of(at.column.unit)) return file_.number(row, at.index) * *factor;
    const std::string& cell = row.cells[at.index];
    if (const auto value = csv_number(cell, file_.dialect); value && std::isfinite(*value)) {
      return *value * epoch_factor(*value);
    }
    const auto stamp = parse_time_stamp(cell);
    const bool has_date =
        stamp && (stamp->kind == StampKind::kUtc || stamp->kind == StampKind::kLocal);
    if (!has_date) file_.fail(row, at.index, "a time: a finite number, or ISO 8601 with its date");
    return in_order(*stamp, date_order_).seconds;
  }

  double duration(const CsvRow& row, RequestRole role) const {
    const Slot& at = *slot(role);
    return file_.number(row, at.index) * factor_of(at.column.unit).value_or(duration_factor_);
  }

  void add(const CsvRow& row) {
    const bool has_arrival = has(row, RequestRole::kArrival);
    const bool has_completion = has(row, RequestRole::kCompletion);
    const bool has_latency = has(row, RequestRole::kLatency);
    if (has_arrival + has_completion + has_latency < 2) {
      ++log_.unfinished;
      return;
    }
    LoggedRequest request;
    request.timed_out = slot(RequestRole::kTimedOut) && was_given_up(row);
    if (has_arrival) request.arrival_seconds = time(row, RequestRole::kArrival);
    if (has_completion) request.completion_seconds = time(row, RequestRole::kCompletion);
    if (has_latency) {
      const double latency = duration(row, RequestRole::kLatency);
      if (latency < 0.0) fail(row, RequestRole::kLatency, "0 or more");
      if (!has_arrival) request.arrival_seconds = request.completion_seconds - latency;
      if (!has_completion) request.completion_seconds = request.arrival_seconds + latency;
      if (has_arrival && has_completion) {
        stated_.push_back(latency);
        computed_.push_back(request.latency_seconds());
      }
    }
    if (has(row, RequestRole::kQueueExit)) {
      request.queue_exit_seconds = time(row, RequestRole::kQueueExit);
    }
    if (has(row, RequestRole::kDeadline)) request.limit_seconds = limit(row, request);
    check(row, request);
    log_.requests.push_back(request);
    rows_.push_back(&row);
  }

  [[noreturn]] void fail(const CsvRow& row, RequestRole role, const std::string& expected) const {
    file_.fail(row, slot(role)->index, expected);
  }

  // A moment where it lies after the arrival, else a duration.
  double limit(const CsvRow& row, const LoggedRequest& request) const {
    if (request.arrival_seconds >= kLeastEpochSeconds) {
      const bool is_number =
          csv_number(row.cells[slot(RequestRole::kDeadline)->index], file_.dialect).has_value();
      if (!is_number) return time(row, RequestRole::kDeadline) - request.arrival_seconds;
      const double moment = time(row, RequestRole::kDeadline);
      if (moment >= kLeastEpochSeconds) return moment - request.arrival_seconds;
    }
    return duration(row, RequestRole::kDeadline);
  }

  bool was_given_up(const CsvRow& row) const {
    const Slot& at = *slot(RequestRole::kTimedOut);
    // Who got no answer writes no status, or 0 (curl, k6).
    constexpr double kLeastStatus = 100.0;
    constexpr double kLeastFailure = 400.0;
    if (!has(row, RequestRole::kTimedOut)) return at.column.unit == RequestUnit::kHttp;
    std::string cell = row.cells[at.index];
    std::transform(cell.begin(), cell.end(), cell.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto is_one_of = [&](std::initializer_list<std::string_view> words) {
      return std::find(words.begin(), words.end(), cell) != words.end();
    };
    const bool is_served = is_one_of({"ok", "success", "succeeded", "served", "completed", "done"});
    const bool is_lost = is_one_of({"error", "failed", "failure", "fail", "timeout", "timed_out",
                                    "timed out", "dropped", "expired", "cancelled"});
    if (is_served || is_lost) return is_lost;
    if (at.column.unit == RequestUnit::kHttp) {
      const auto status = csv_number(cell, file_.dialect);
      if (!status) file_.fail(row, at.index, "a status: a number, ok, error or timeout");
      return *status < kLeastStatus || *status >= kLeastFailure;
    }
    const bool is_yes = is_one_of({"true", "1", "yes", "t", "y"});
    const bool is_no = is_one_of({"false", "0", "no", "f", "n"});
    if (at.column.unit == RequestUnit::kError) return !is_no;
    if (!is_yes && !is_no) {
      file_.fail(row, at.index, "True or False");
    }
    return at.column.unit == RequestUnit::kOk ? !is_yes : is_yes;
  }

  void check(const CsvRow& row, const LoggedRequest& request) const {
    if (request.completion_seconds < request.arrival_seconds) {
      fail(row, RequestRole::kCompletion, "a time after the arrival");
    }
    if (request.limit_seconds && *request.limit_seconds <= 0.0) {
      fail(row, RequestRole::kDeadline, "more than 0");
    }
    if (request.queue_exit_seconds && (*request.queue_exit_seconds < request.arrival_seconds ||
                                       *request.queue_exit_seconds > request.completion_seconds)) {
      fail(row, RequestRole::kQueueExit, "a time between arrival and completion");
    }
  }

  // Nobody says the latency's unit, and nothing else tells it.
  bool is_guessed_latency() const {
    const auto& latency = slot(RequestRole::kLatency);
    return latency && !latency->column.was_told && stated_.empty() &&
           !factor_of(latency->column.unit);
  }

  void check_latencies() const {
    std::vector<double> latencies;
    for (const LoggedRequest& request : log_.requests) {
      latencies.push_back(request.latency_seconds());
    }
    const double typical = upper_median(std::move(latencies));
    if (is_guessed_latency() && typical >= kMostGuessedSeconds) {
      const std::string& name = slot(RequestRole::kLatency)->column.column;
      fail(
          fmt::format("the column {} names no unit; in that of the times a request takes {:g} s "
                      "(median): tell it, as in --column latency={}:ms",
                      excerpt(name), typical, excerpt(name)));
    }
    if (typical < kLeastLatencySeconds || typical > kMostLatencySeconds) {
      fail(
          fmt::format("a request takes {:g} s (median): is a unit wrong? Tell it with --column "
                      "ROLE=NAME:UNIT (s, ms, us, ns, iso)",
                      typical));
    }
    for (std::size_t i = 0; i < log_.requests.size(); ++i) {
      const double latency = log_.requests[i].latency_seconds();
      if (latency <= kMostLatencySeconds) continue;
      fail(*rows_[i],
           slot(RequestRole::kArrival) ? RequestRole::kArrival : RequestRole::kCompletion,
           fmt::format("at most {:g} s from arrival to completion, not {:g} s", kMostLatencySeconds,
                       latency));
    }
    if (stated_.empty()) return;
    const double stated = upper_median(stated_);
    const double computed = upper_median(computed_);
    if (std::abs(stated - computed) <=
        std::max(kMostDifferenceSeconds, kMostDisagreement * computed)) {
      return;
    }
    fail(
        fmt::format("the column {} says {:g} s (median), completion less arrival is {:g} s: one "
                    "of them is in another unit; tell it with --column ROLE=NAME:UNIT",
                    excerpt(slot(RequestRole::kLatency)->column.column), stated, computed));
  }

  void describe() {
    for (const auto& at : columns_) {
      if (!at || at->column.was_told) continue;
      const std::string& name = at->column.column;
      const bool is_vague = name == "ts" || name == "time" || name == "timestamp";
      if (at->column.role != RequestRole::kArrival || !is_vague) continue;
      log_.notes.push_back(fmt::format(
          "{} is taken for the arrival (where it is the completion: --column completion={})", name,
          name));
    }
    if (is_guessed_latency()) {
      const std::string& name = slot(RequestRole::kLatency)->column.column;
      const auto unit = std::find_if(kDurations.begin(), kDurations.end(), [&](const auto& known) {
        return known.second == duration_factor_;
      });
      log_.notes.push_back(fmt::format(
          "{} is taken in {}, as the times are (where it is another unit: --column latency={}:ms)",
          name, unit->first, name));
    }
    note_repeated_rows();
    if (log_.unfinished > 0) {
      log_.notes.push_back(fmt::format("{} of {} requests have no completion and are left out",
                                       log_.unfinished, log_.unfinished + log_.requests.size()));
    }
  }

  // Rows that have an id and are the same in all: nobody serves a request twice at the same moment.
  void note_repeated_rows() {
    const auto is_id = [](const std::string& name) {
      const std::string plain = plain_column_name(name);
      return plain == "id" || plain == "request_id" || plain == "req_id";
    };
    if (std::none_of(file_.columns.begin(), file_.columns.end(), is_id)) return;
    std::unordered_set<std::string> seen;
    std::size_t repeated = 0;
    for (const CsvRow& row : file_.rows) {
      repeated += seen.insert(fmt::format("{}", fmt::join(row.cells, "\n"))).second ? 0 : 1;
    }
    if (repeated == 0) return;
    log_.notes.push_back(
        fmt::format("{} of {} rows are the same as another, its id as well: written twice? Each "
                    "counts as a request",
                    repeated, file_.rows.size()));
  }

  const CsvFile& file_;
  std::array<std::optional<Slot>, 6> columns_;
  double duration_factor_ = 1.0;
  DateOrder date_order_ = DateOrder::kNone;
  std::vector<const CsvRow*> rows_;  // of the log's requests
  std::vector<double> stated_;       // latencies where a row has all three
  std::vector<double> computed_;     // of the same rows
  RequestLog log_;
};

}  // namespace

RequestLog read_request_log(const std::string& path, std::span<const RequestColumn> told) {
  std::string text = read_text_file(path);
  const std::size_t lost = empty_lost_lines(text);
  check_text(path, text);
  if (const auto foreign = foreign_request_log(text)) throw LogError(path, 1, 1, *foreign);
  const CsvFile file =
      is_json(text) ? read_json_rows(path, text) : parse_csv_file(path, std::move(text));
  RequestLog log = Reader(file, told).read();
  if (lost > 0) {
    log.notes.push_back(
        fmt::format("{} lines hold NULs, as after a power cut, and are left out", lost));
  }
  if (file.cut_line) {
    log.notes.push_back(fmt::format("line {} is cut and left out", *file.cut_line));
  } else if (!file.rows.empty() && !file.rows.back().has_end) {
    log.notes.push_back(
        fmt::format("line {} has no end: its last value may be cut", file.rows.back().line));
  }
  return log;
}

}  // namespace flyball
