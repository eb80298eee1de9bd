#include "env/logs/telemetry_cells.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <type_traits>

#include "env/excerpt.h"
#include "env/logs/log_error.h"
#include "env/logs/telemetry_columns.h"

namespace flyball {

namespace {

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
  explicit CellReader(const TelemetryLine& line)
      : path_(line.file), line_number_(line.number), line_(line.text), columns_(line.columns) {}

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
    throw LogError(
        path_, line_number_, column,
        fmt::format("{}: '{}': expected {}", columns_[index_ - 1], excerpt(cell), expected));
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

}  // namespace

std::vector<std::string> telemetry_column_names(const TelemetryLogHeader& header,
                                                const TelemetryLogOptions& options) {
  std::vector<std::string> names;
  ColumnNames visitor(names);
  TelemetryRow row;
  telemetry_columns::visit_row(visitor, header, options.with_effect_snapshot, row);
  return names;
}

void append_telemetry_row(const TelemetryLogHeader& header, const TelemetryLogOptions& options,
                          const TelemetryRow& row, std::string& out) {
  const std::size_t whole_rows = out.size();
  CellWriter cells(out);
  try {
    telemetry_columns::visit_row(cells, header, options.with_effect_snapshot, row);
  } catch (...) {
    out.resize(whole_rows);
    throw;
  }
  cells.end_row();
}

void read_telemetry_row(const TelemetryLogHeader& header, const TelemetryLogOptions& options,
                        const TelemetryLine& line, TelemetryRow& row) {
  CellReader cells(line);
  telemetry_columns::visit_row(cells, header, options.with_effect_snapshot, row);
  if (!options.with_effect_snapshot) row.at_effect.reset();
  if (header.leased_knobs.empty()) row.setting.reset();
  cells.end_row();
}

}  // namespace flyball
