#include "env/logs/telemetry_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include "env/logs/log_error.h"
#include "env/logs/telemetry_cells.h"
#include "env/logs/telemetry_header.h"
#include "env/logs/time_stamp.h"
#include "env/module_power.h"
#include "env/printable.h"
#include "env/text_file.h"

namespace flyball {

namespace {

constexpr std::size_t kBufferBytes = 1 << 18;
constexpr std::string_view kEndMark = "# end rows=";
constexpr std::string_view kInterrupted = " interrupted";

[[noreturn]] void fail_system(const std::string& path, const char* what) {
  throw std::system_error(errno, std::generic_category(), path + ": " + what);
}

}  // namespace

TelemetryLogWriter::TelemetryLogWriter(const std::string& path, const TelemetryLogHeader& header,
                                       const TelemetryLogOptions& options)
    : path_(path), header_(header), options_(options) {
  std::string head = format_telemetry_header(header, options);
  head += fmt::format("{}\n", fmt::join(telemetry_column_names(header, options), ","));
  buffer_.reserve(kBufferBytes + (std::size_t{1} << 14));
  file_.emplace(path, 0666, options.live ? OutputUse::kUnattended : OutputUse::kAttended);
  file_->drain(head);
  if (options_.live) file_->commit();
  last_flush_ = std::chrono::steady_clock::now();
}

TelemetryLogWriter::~TelemetryLogWriter() {
  if (!file_ || !options_.live) return;
  try {
    flush();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "telemetry log: rows are lost: %s\n", printable(error.what()).c_str());
  }
}

void TelemetryLogWriter::write(const TelemetryRow& row) {
  if (!file_) throw std::logic_error(path_ + ": the telemetry log is closed");
  if (row.at_effect && !options_.with_effect_snapshot) {
    throw std::invalid_argument(
        "telemetry log: the row has a snapshot at its effect and the log was opened without "
        "with_effect_snapshot");
  }
  if (row.setting && header_.leased_knobs.empty()) {
    throw std::invalid_argument(
        "telemetry log: the row has a setting and the header names no leased knobs");
  }
  append_telemetry_row(header_, options_, row, buffer_);
  ++rows_;
  const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - last_flush_;
  if (buffer_.size() >= kBufferBytes || waited.count() >= options_.flush_seconds) flush();
}

void TelemetryLogWriter::flush() {
  if (!file_) return;
  file_->drain(buffer_);
  last_flush_ = std::chrono::steady_clock::now();
}

void TelemetryLogWriter::close(LogEnd end) {
  if (!file_) return;
  buffer_ +=
      fmt::format("{}{}{}\n", kEndMark, rows_, end == LogEnd::kInterrupted ? kInterrupted : "");
  try {
    flush();
    file_->commit();
  } catch (...) {
    file_.reset();  // the destructor has nothing to add
    throw;
  }
  file_.reset();
}

TelemetryLogReader::TelemetryLogReader(const std::string& path)
    : path_(path), stream_(path, std::ios::binary) {
  if (!stream_) fail_system(path, "cannot open");
  TelemetryHeaderParser parser(path);
  while (next_line()) {
    if (line_number_ > 1 && (line_.empty() || line_[0] != '#')) break;
    parser.line(line_, line_number_);
    line_.clear();
  }
  if (cut_in_line_ && line_number_ > 1) {
    throw LogError(path, line_number_, line_.size() + 1, "the file was cut in its header");
  }
  ParsedTelemetryHeader parsed = parser.finish(std::max<std::size_t>(line_number_, 1));
  header_ = std::move(parsed.header);
  options_ = parsed.options;
  promises_mark_ = parsed.has_end_mark;
  columns_ = telemetry_column_names(header_, options_);
  std::size_t position = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::size_t end = std::min(line_.find(',', position), line_.size());
    const std::string_view found =
        position <= line_.size() ? std::string_view(line_).substr(position, end - position) : "";
    if (found != columns_[i]) {
      throw LogError(path, line_number_, std::min(position, line_.size()) + 1,
                     fmt::format("column {}: '{}': expected '{}'", i + 1, found, columns_[i]));
    }
    position = end + 1;
  }
  if (position <= line_.size()) {
    throw LogError(
        path, line_number_, position + 1,
        fmt::format("expected the end of the header row after {} columns", columns_.size()));
  }
}

bool TelemetryLogReader::next_line() {
  if (!std::getline(stream_, line_)) return false;
  ++line_number_;
  if (line_number_ == 1) {
    if (line_.starts_with("\xEF\xBB\xBF")) line_.erase(0, 3);
    if (const char* what = packed_as(line_)) throw LogError(path_, 1, 1, what);
  }
  if (stream_.eof()) {
    cut_in_line_ = true;
    return false;
  }
  if (!line_.empty() && line_.back() == '\r') line_.pop_back();
  return true;
}

bool TelemetryLogReader::next(TelemetryRow& row) {
  if (ended_) return false;
  if (!next_line()) {
    ended_ = true;
    miss_end_mark();
    return false;
  }
  if (line_.starts_with(kEndMark)) {
    ended_ = true;
    read_end_mark();
    return false;
  }
  read_telemetry_row(header_, options_, {path_, line_number_, line_, columns_}, row);
  check_row(row);
  check_order(row);
  if (row.setting) check_levels(*row.setting);
  for (SpanCost* cost : {&row.before_effect, &row.after_effect}) {
    // So earlier versions wrote what they had not measured.
    if (cost->seconds > 0.0 && cost->energy_joules == 0.0) cost->energy_joules.reset();
  }
  ++rows_;
  return true;
}

// "# end rows=N" or "# end rows=N interrupted", and nothing after it.
void TelemetryLogReader::read_end_mark() {
  const std::string_view text = std::string_view(line_).substr(kEndMark.size());
  std::size_t rows = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, rows);
  const std::string_view rest(stop, static_cast<std::size_t>(end - stop));
  if (error != std::errc{} || (!rest.empty() && rest != kInterrupted)) {
    throw LogError(path_, line_number_, kEndMark.size() + 1,
                   fmt::format("'{}': expected a number of rows", text));
  }
  if (rows != rows_) {
    throw LogError(path_, line_number_, kEndMark.size() + 1,
                   fmt::format("the end mark counts {} rows, above it are {}: rows were removed or "
                               "added",
                               rows, rows_));
  }
  if (!rest.empty()) shortcoming_ = fmt::format("the run was interrupted after {} rows", rows_);
  while (next_line() || cut_in_line_) {
    if (line_.find_first_not_of(" \t") != std::string::npos) {
      const bool is_second = line_.starts_with(kTelemetryLogFirstLine);
      throw LogError(
          path_, line_number_, 1,
          std::string("nothing may follow the end mark") +
              (is_second ? ": a second log begins here, give each a file of its own" : ""));
    }
    if (cut_in_line_) return;
  }
}

void TelemetryLogReader::miss_end_mark() {
  if (cut_in_line_) {
    shortcoming_ =
        fmt::format("cut in line {}, which is left out; {} rows are used", line_number_, rows_);
  } else if (promises_mark_) {
    shortcoming_ = fmt::format(
        "cut after {} rows: the end mark is missing (its writer was killed, or still writes)",
        rows_);
  }
}

// What no run writes was edited, or is another program's.
void TelemetryLogReader::check_row(const TelemetryRow& row) const {
  const auto require = [this](bool holds, const std::string& column, double value,
                              const char* allowed) {
    if (holds) return;
    throw LogError(path_, line_number_, 1,
                   fmt::format("{}: {}: expected {}", column, value, allowed));
  };
  const double seconds = row.telemetry.time_seconds;
  require(std::abs(seconds) <= kMostClockSeconds, "time_seconds", seconds, "seconds, at most 1e11");
  require(row.period_seconds >= 0.0 && row.period_seconds <= kMostClockSeconds, "period_seconds",
          row.period_seconds, "0 to 1e11");
  if (row.probability) {
    require(*row.probability >= 0.0 && *row.probability <= 1.0, "probability", *row.probability,
            "0 to 1");
  }
  constexpr double kRounding = -1e-6;  // differences of sums may be that far below 0
  const auto check_cost = [&](const std::string& part, const SpanCost& cost) {
    const auto require_amount = [&](const char* name, double value) {
      require(value >= kRounding, part + name, value, "0 or more");
    };
    require_amount("seconds", cost.seconds);
    require_amount("served", cost.served);
    require_amount("missed", cost.missed);
    require_amount("in_system_seconds", cost.in_system_seconds);
    if (!cost.energy_joules) return;
    const double most = kMostModuleWatts * (cost.seconds + 1e-3);
    require(*cost.energy_joules >= kRounding && *cost.energy_joules <= most, part + "energy_joules",
            *cost.energy_joules, "0 J or more, and no more than 1000 W give");
  };
  check_cost("before.", row.before_effect);
  check_cost("after.", row.after_effect);
}

// Rows follow each other in time; only behind a cut that the log marks may the clock begin anew.
void TelemetryLogReader::check_order(const TelemetryRow& row) {
  const double seconds = row.telemetry.time_seconds;
  if (not_before_seconds_ && seconds < *not_before_seconds_) {
    throw LogError(path_, line_number_, 1,
                   fmt::format("time_seconds: {}: the row before lasts until {}: rows must be in "
                               "the order of time, except behind one that is terminated or "
                               "truncated",
                               seconds, *not_before_seconds_));
  }
  // Measured lengths overlap a little.
  constexpr double kCertain = 0.5;
  const bool is_cut = row.terminated || row.truncated;
  not_before_seconds_ =
      is_cut ? std::nullopt : std::optional(seconds + kCertain * row.period_seconds);
}

void TelemetryLogReader::check_levels(const Setting& setting) const {
  for (std::size_t i = 0; i < setting.size(); ++i) {
    const std::vector<Knob>& knobs = header_.plant.knobs;
    const Knob& knob = knobs[find_knob(knobs, header_.leased_knobs[i])];
    const Level highest = std::max(setting[i].floor, setting[i].ceiling);
    if (highest >= knob.levels.size()) {
      throw LogError(path_, line_number_, 1,
                     fmt::format("setting.{}: level {} is not below {}", knob.name, highest,
                                 knob.levels.size()));
    }
  }
}

TelemetryLog read_telemetry_log(const std::string& path, const LogWarning& warn) {
  TelemetryLogReader reader(path);
  TelemetryLog log;
  log.header = reader.header();
  TelemetryRow row;
  while (reader.next(row)) log.rows.push_back(row);
  if (warn && !reader.shortcoming().empty()) warn(path + ": " + reader.shortcoming());
  return log;
}

bool is_telemetry_log(const std::string& path) {
  if (!std::filesystem::is_regular_file(path)) return false;
  constexpr std::string_view kBegin =
      kTelemetryLogFirstLine.substr(0, kTelemetryLogFirstLine.rfind(' '));
  std::ifstream stream(path, std::ios::binary);
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  std::string text(kByteOrderMark.size() + kBegin.size(), '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  std::string_view begin = text;
  if (begin.starts_with(kByteOrderMark)) begin.remove_prefix(kByteOrderMark.size());
  return begin.starts_with(kBegin);
}

void write_telemetry_log(const std::string& path, const TelemetryLog& log) {
  TelemetryLogOptions options;
  for (const TelemetryRow& row : log.rows) {
    if (row.at_effect) options.with_effect_snapshot = true;
  }
  TelemetryLogWriter writer(path, log.header, options);
  for (const TelemetryRow& row : log.rows) writer.write(row);
  writer.close();
}

}  // namespace flyball
