#include "env/logs/telemetry_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#include "env/logs/log_error.h"
#include "env/logs/telemetry_columns.h"
#include "env/logs/telemetry_header.h"
#include "env/printable.h"

namespace flyball {

namespace {

constexpr std::size_t kBufferBytes = 1 << 18;
constexpr std::string_view kEndMark = "# end rows=";
constexpr std::string_view kInterrupted = " interrupted";
constexpr const char* kDecidedBy[] = {"resident", "policy", "random"};

template <typename T>
constexpr const char* type_name() {
  if constexpr (std::is_same_v<T, double>) return "f64";
  if constexpr (std::is_same_v<T, std::optional<double>>) return "f64?";
  if constexpr (std::is_same_v<T, std::uint64_t>) return "u64";
  if constexpr (std::is_same_v<T, std::optional<std::uint16_t>>) return "u16?";
  if constexpr (std::is_same_v<T, Level>) return "u16";
  if constexpr (std::is_same_v<T, bool>) return "bool";
  if constexpr (std::is_same_v<T, DecidedBy>) return "resident|policy|random";
}

std::string column_name(std::string_view prefix, std::string_view group, std::string_view item,
                        std::string_view name) {
  std::string text(prefix);
  for (const std::string_view part : {group, item}) {
    if (!part.empty()) text.append(part).append(".");
  }
  return text.append(name);
}

// Collects "name:type" of every column.
class ColumnNames {
 public:
  explicit ColumnNames(std::vector<std::string>& names) : names_(names) {}
  template <typename T>
  void field(std::string_view group, std::string_view item, std::string_view name, const T*) {
    names_.push_back(column_name(prefix_, group, item, name) + ":" + type_name<T>());
  }
  template <typename T>
  void may_be_empty(std::string_view group, std::string_view item, std::string_view name,
                    const std::optional<T>*) {
    field<T>(group, item, name, nullptr);
  }
  template <typename T>
  T* open(std::string_view group, const Stamped<T>*) {
    names_.push_back(column_name(prefix_, group, "", "time_seconds") + ":f64");
    return nullptr;
  }
  template <typename T>
  T* open_optional(const std::optional<T>&) {
    return nullptr;
  }
  template <typename T>
  void resize(const T*, std::size_t) {}
  void set_prefix(std::string_view prefix) { prefix_ = prefix; }

 private:
  std::vector<std::string>& names_;
  std::string_view prefix_;
};

std::vector<std::string> column_names(const TelemetryLogHeader& header, bool with_snapshot) {
  std::vector<std::string> names;
  ColumnNames visitor(names);
  TelemetryRow row;
  telemetry_columns::visit_row(visitor, header, with_snapshot, row);
  return names;
}

// Appends one row's cells to the buffer.
class CellWriter {
 public:
  explicit CellWriter(std::string& out) : out_(out) {}

  template <typename T>
  void field(std::string_view group, std::string_view item, std::string_view name, const T* value) {
    if (value) put(group, item, name, *value);
    out_ += ',';
  }
  template <typename T>
  void may_be_empty(std::string_view group, std::string_view item, std::string_view name,
                    const T* value) {
    field(group, item, name, value);
  }
  template <typename T>
  const T* open(std::string_view group, const Stamped<T>* stamped) {
    const bool present = stamped && stamped->has_value();
    if (present) put(group, "", "time_seconds", stamped->time_seconds());
    out_ += ',';
    return present ? &stamped->value() : nullptr;
  }
  template <typename T>
  const T* open_optional(const std::optional<T>& value) {
    return value ? &*value : nullptr;
  }
  template <typename T>
  void resize(const T* group, std::size_t size) {
    if (group && group->size() != size) {
      throw std::invalid_argument(
          fmt::format("telemetry log: a group of the row has {} entries, its header says {}",
                      group->size(), size));
    }
  }
  void set_prefix(std::string_view) {}
  void end_row() { out_.back() = '\n'; }

 private:
  void put(std::string_view group, std::string_view item, std::string_view name, double value) {
    if (!std::isfinite(value)) {
      throw std::invalid_argument(fmt::format("telemetry log: {} = {}: must be finite",
                                              column_name("", group, item, name), value));
    }
    put_number(value);
  }
  void put(std::string_view group, std::string_view item, std::string_view name,
           const std::optional<double>& value) {
    if (value) put(group, item, name, *value);
  }
  void put(std::string_view, std::string_view, std::string_view,
           const std::optional<std::uint16_t>& value) {
    if (value) put_number(*value);
  }
  void put(std::string_view, std::string_view, std::string_view, std::uint64_t value) {
    put_number(value);
  }
  void put(std::string_view, std::string_view, std::string_view, Level value) { put_number(value); }
  void put(std::string_view, std::string_view, std::string_view, bool value) {
    out_ += value ? '1' : '0';
  }
  void put(std::string_view, std::string_view, std::string_view, DecidedBy value) {
    out_ += kDecidedBy[static_cast<std::size_t>(value)];
  }
  template <typename T>
  void put_number(T value) {
    char text[32];
    const auto result = std::to_chars(text, text + sizeof text, value);
    out_.append(text, result.ptr);
  }

  std::string& out_;
};

// Takes one line apart into a row.
class CellReader {
 public:
  CellReader(const std::string& path, std::size_t line_number, const std::string& line,
             const std::vector<std::string>& columns)
      : path_(path), line_number_(line_number), line_(line), columns_(columns) {}

  template <typename T>
  void field(std::string_view, std::string_view, std::string_view, T* value) {
    const std::string_view cell = take();
    if (value) {
      get(cell, *value);
    } else if (!cell.empty()) {
      fail(cell, "an empty cell (the group's first cell is empty)");
    }
  }
  template <typename T>
  void may_be_empty(std::string_view group, std::string_view item, std::string_view name,
                    T* value) {
    field(group, item, name, value);
  }
  template <typename T>
  T* open(std::string_view, Stamped<T>* stamped) {
    const std::string_view cell = take();
    if (cell.empty()) {
      if (stamped) stamped->clear();
      return nullptr;
    }
    if (!stamped) fail(cell, "an empty cell (the group's first cell is empty)");
    double time_seconds = 0.0;
    get(cell, time_seconds);
    return &stamped->refill(time_seconds);
  }
  template <typename T>
  T* open_optional(std::optional<T>& value) {
    const bool present = position_ < line_.size() && line_[position_] != ',';
    if (!present) {
      value.reset();
      return nullptr;
    }
    if (!value) value.emplace();
    return &*value;
  }
  template <typename T>
  void resize(T* group, std::size_t size) {
    if (group) group->resize(size);
  }
  void set_prefix(std::string_view) {}
  void end_row() const {
    if (position_ <= line_.size()) {
      throw LogError(path_, line_number_, position_ + 1,
                     fmt::format("more than the header's {} cells", columns_.size()));
    }
  }

 private:
  std::string_view take() {
    if (position_ > line_.size()) {
      throw LogError(path_, line_number_, line_.size() + 1,
                     fmt::format("the row ends after {} cells, expected {} ({} next)", index_,
                                 columns_.size(), columns_[index_]));
    }
    const std::size_t begin = position_;
    const std::size_t comma = line_.find(',', begin);
    const std::size_t end = comma == std::string::npos ? line_.size() : comma;
    position_ = end + 1;
    ++index_;
    return std::string_view(line_).substr(begin, end - begin);
  }
  [[noreturn]] void fail(std::string_view cell, const char* expected) const {
    const auto column = static_cast<std::size_t>(cell.data() - line_.data()) + 1;
    throw LogError(path_, line_number_, column,
                   fmt::format("{}: '{}': expected {}", columns_[index_ - 1], cell, expected));
  }
  template <typename T>
  void get_number(std::string_view cell, T& value, const char* expected) {
    const char* end = cell.data() + cell.size();
    const auto result = std::from_chars(cell.data(), end, value);
    if (result.ec != std::errc{} || result.ptr != end) fail(cell, expected);
  }
  void get(std::string_view cell, double& value) {
    get_number(cell, value, "a number");
    if (!std::isfinite(value)) fail(cell, "a finite number");
  }
  void get(std::string_view cell, std::optional<double>& value) {
    if (cell.empty()) {
      value.reset();
    } else {
      get(cell, value.emplace());
    }
  }
  void get(std::string_view cell, std::optional<std::uint16_t>& value) {
    if (cell.empty()) {
      value.reset();
    } else {
      get_number(cell, value.emplace(), "a whole number from 0 to 65535");
    }
  }
  void get(std::string_view cell, std::uint64_t& value) {
    get_number(cell, value, "a whole number >= 0");
  }
  void get(std::string_view cell, Level& value) { get_number(cell, value, "a level >= 0"); }
  void get(std::string_view cell, bool& value) {
    if (cell != "0" && cell != "1") fail(cell, "0 or 1");
    value = cell == "1";
  }
  void get(std::string_view cell, DecidedBy& value) {
    for (std::size_t i = 0; i < std::size(kDecidedBy); ++i) {
      if (cell == kDecidedBy[i]) {
        value = static_cast<DecidedBy>(i);
        return;
      }
    }
    fail(cell, "resident, policy or random");
  }

  const std::string& path_;
  std::size_t line_number_;
  const std::string& line_;
  const std::vector<std::string>& columns_;
  std::size_t position_ = 0;
  std::size_t index_ = 0;
};

[[noreturn]] void fail_system(const std::string& path, const char* what) {
  throw std::system_error(errno, std::generic_category(), path + ": " + what);
}

}  // namespace

TelemetryLogWriter::TelemetryLogWriter(const std::string& path, const TelemetryLogHeader& header,
                                       const TelemetryLogOptions& options)
    : path_(path), header_(header), options_(options) {
  std::string head = format_telemetry_header(header, options);
  head += fmt::format("{}\n", fmt::join(column_names(header, options.with_effect_snapshot), ","));
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
  const std::size_t whole_rows = buffer_.size();
  CellWriter cells(buffer_);
  try {
    telemetry_columns::visit_row(cells, header_, options_.with_effect_snapshot, row);
  } catch (...) {
    buffer_.resize(whole_rows);
    throw;
  }
  cells.end_row();
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
  flush();
  file_->commit();
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
  columns_ = column_names(header_, options_.with_effect_snapshot);
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
  CellReader cells(path_, line_number_, line_, columns_);
  telemetry_columns::visit_row(cells, header_, options_.with_effect_snapshot, row);
  if (!options_.with_effect_snapshot) row.at_effect.reset();
  if (header_.leased_knobs.empty()) row.setting.reset();
  cells.end_row();
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
  if (next_line() || cut_in_line_) {
    throw LogError(path_, line_number_, 1, "nothing may follow the end mark");
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
