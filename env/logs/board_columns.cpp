#include "env/logs/board_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <utility>

#include "env/excerpt.h"
#include "env/logs/column_name.h"
#include "env/logs/log_error.h"
#include "env/module_power.h"
#include "env/nearest_name.h"

namespace flyball {

namespace {

struct Unit {
  BoardRole role;
  std::string_view name;
  std::string_view suffix;  // of a plain column name
  double factor;
};

constexpr Unit kUnits[] = {
    {BoardRole::kTime, "s", "_s", 1.0},        {BoardRole::kTime, "ms", "_ms", 1e-3},
    {BoardRole::kTime, "us", "_us", 1e-6},     {BoardRole::kTime, "ns", "_ns", 1e-9},
    {BoardRole::kTime, "ms", "_msec", 1e-3},   {BoardRole::kTime, "us", "_usec", 1e-6},
    {BoardRole::kTime, "s", "_sec", 1.0},      {BoardRole::kTime, "s", "_seconds", 1.0},
    {BoardRole::kTime, "iso", "_iso", 0.0},    {BoardRole::kClock, "Hz", "_hz", 1.0},
    {BoardRole::kClock, "kHz", "_khz", 1e3},   {BoardRole::kClock, "MHz", "_mhz", 1e6},
    {BoardRole::kClock, "GHz", "_ghz", 1e9},   {BoardRole::kLoad, "%", "_pct", 0.01},
    {BoardRole::kLoad, "%", "_percent", 0.01}, {BoardRole::kLoad, "1", "_share", 1.0},
    {BoardRole::kPower, "W", "_w", 1.0},       {BoardRole::kPower, "W", "_watts", 1.0},
    {BoardRole::kPower, "mW", "_mw", 1e-3},    {BoardRole::kPower, "uW", "_uw", 1e-6},
    {BoardRole::kCelsius, "C", "_c", 1.0},     {BoardRole::kCelsius, "mC", "_mc", 1e-3},
};

struct Known {
  std::string_view stem;
  BoardRole role;
  std::string_view target;
};

constexpr Known kKnown[] = {
    {"time", BoardRole::kTime, ""},
    {"t", BoardRole::kTime, ""},
    {"ts", BoardRole::kTime, ""},
    {"timestamp", BoardRole::kTime, ""},
    {"time_stamp", BoardRole::kTime, ""},
    {"datetime", BoardRole::kTime, ""},
    {"system_time", BoardRole::kTime, ""},
    {"cpu_freq", BoardRole::kClock, "cpu"},
    {"cpu_frequency", BoardRole::kClock, "cpu"},
    {"cpu_clock", BoardRole::kClock, "cpu"},
    {"cpu_clk", BoardRole::kClock, "cpu"},
    {"cpu0_curr_freq", BoardRole::kClock, "cpu"},
    {"gpu_freq", BoardRole::kClock, "gpu"},
    {"gpu_frequency", BoardRole::kClock, "gpu"},
    {"gpu_clock", BoardRole::kClock, "gpu"},
    {"gpu_clk", BoardRole::kClock, "gpu"},
    {"gr3d_freq", BoardRole::kClock, "gpu"},
    {"gr3d_frequency", BoardRole::kClock, "gpu"},
    {"gr3d_load", BoardRole::kLoad, "gpu"},
    {"igpu0_curr_freq", BoardRole::kClock, "gpu"},
    {"emc_freq", BoardRole::kClock, "emc"},
    {"emc_frequency", BoardRole::kClock, "emc"},
    {"emc_clock", BoardRole::kClock, "emc"},
    {"emc_clk", BoardRole::kClock, "emc"},
    {"emc_curr_freq", BoardRole::kClock, "emc"},
    {"cpu_load", BoardRole::kLoad, "cpu"},
    {"cpu_util", BoardRole::kLoad, "cpu"},
    {"cpu_avg", BoardRole::kLoad, "cpu"},
    {"gpu_load", BoardRole::kLoad, "gpu"},
    {"gpu_util", BoardRole::kLoad, "gpu"},
    {"gpu", BoardRole::kLoad, "gpu"},  // jtop's logger; "gpu_mhz" is a clock
    {"igpu0_curr_load", BoardRole::kLoad, "gpu"},
    {"emc_load", BoardRole::kLoad, "emc"},
    {"emc_util", BoardRole::kLoad, "emc"},
    {"emc_curr_load", BoardRole::kLoad, "emc"},
    {"emc", BoardRole::kLoad, "emc"},
};

// A plain name without the unit of `role` at its end, and that unit.
std::pair<std::string_view, const Unit*> without_unit(std::string_view name, BoardRole role) {
  for (const Unit& unit : kUnits) {
    if (unit.role != role || !name.ends_with(unit.suffix)) continue;
    return {name.substr(0, name.size() - unit.suffix.size()), &unit};
  }
  return {name, nullptr};
}

BoardColumn column_of(BoardRole role, std::string target, const std::string& column,
                      const Unit* unit) {
  return {role, std::move(target), column, unit == nullptr ? 0.0 : unit->factor};
}

// "VDD_IN", "in", "power_in_mw", "Power VDD_IN", "VDD_IN-IN_POWER" are the same rail.
std::string rail_stem(std::string_view name) {
  for (const std::string_view prefix : {"power_", "vdd_", "pom_5v_", "vin_"}) {
    if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  }
  for (const std::string_view suffix : {"_current_power", "_in_power", "_power"}) {
    if (name.ends_with(suffix)) name.remove_suffix(suffix.size());
  }
  return std::string(name);
}

std::optional<BoardColumn> recognise_rail(const std::string& column, const std::string& name,
                                          const Board& board) {
  const auto without = without_unit(name, BoardRole::kPower);
  const std::string_view stem = without.first;
  const Unit* unit = without.second;
  const bool is_rail = std::ranges::any_of(
      board.rails, [&](const std::string& rail) { return plain_column_name(rail) == stem; });
  const bool says_power = unit != nullptr || is_rail || stem == "power" ||
                          stem.starts_with("power_") || stem.ends_with("_power");
  if (!says_power) return std::nullopt;
  constexpr std::array<std::string_view, 5> kModule = {"power", "power_tot", "power_total",
                                                       "total_power", "module_power"};
  const bool is_module = std::find(kModule.begin(), kModule.end(), stem) != kModule.end();
  if (is_module && board.module_rails.size() == 1) {
    return column_of(BoardRole::kPower, board.rails[board.module_rails.front()], column, unit);
  }
  for (const std::string& rail : board.rails) {
    if (rail_stem(stem) != rail_stem(plain_column_name(rail))) continue;
    return column_of(BoardRole::kPower, rail, column, unit);
  }
  return std::nullopt;
}

// "CPU 0 Frequency (MHz)", "cpu0_load_pct": of one CPU, which counts from 0. The first clock stands
// for all of them.
std::optional<BoardColumn> recognise_one_cpu(const std::string& column, const std::string& name,
                                             const Board& board) {
  for (int cpu = 0; cpu < board.cpus; ++cpu) {
    for (const std::string& prefix : {fmt::format("cpu{}_", cpu), fmt::format("cpu_{}_", cpu)}) {
      if (!name.starts_with(prefix)) continue;
      const std::string_view what = std::string_view(name).substr(prefix.size());
      const auto [clock, hertz] = without_unit(what, BoardRole::kClock);
      for (const std::string_view word : {"freq", "frequency", "clock", "clk"}) {
        if (clock == word) return column_of(BoardRole::kClock, "cpu", column, hertz);
      }
      const auto [load, share] = without_unit(what, BoardRole::kLoad);
      for (const std::string_view word : {"load", "util", "usage"}) {
        if (load == word) {
          return column_of(BoardRole::kLoad, fmt::format("cpu{}", cpu), column, share);
        }
      }
    }
  }
  return std::nullopt;
}

// jtop's "CPU1" is the kernel's cpu0.
std::optional<BoardColumn> recognise_cpu(const std::string& column, const Board& board) {
  for (int cpu = 0; cpu < board.cpus; ++cpu) {
    if (column != fmt::format("CPU{}", cpu + 1)) continue;
    return BoardColumn{BoardRole::kLoad, fmt::format("cpu{}", cpu), column, 0.01};
  }
  return std::nullopt;
}

std::optional<BoardColumn> recognise(const std::string& column, const Board& board) {
  const std::string name = plain_column_name(column);
  if (const auto cpu = recognise_cpu(column, board)) return cpu;
  if (const auto cpu = recognise_one_cpu(column, name, board)) return cpu;
  if (const auto rail = recognise_rail(column, name, board)) return rail;
  constexpr std::string_view kTemperature = "temp_";
  const auto [zone, celsius] = without_unit(name, BoardRole::kCelsius);
  if (zone.starts_with(kTemperature)) {
    const std::string_view target = zone.substr(kTemperature.size());
    return column_of(BoardRole::kCelsius, std::string(target), column, celsius);
  }
  for (const std::string_view target : {"cpu", "gpu", "emc"}) {  // "gpu_mhz", "gpu_pct"
    for (const BoardRole role : {BoardRole::kClock, BoardRole::kLoad}) {
      const auto [stem, unit] = without_unit(name, role);
      if (unit != nullptr && stem == target)
        return column_of(role, std::string(target), column, unit);
    }
  }
  for (const Known& known : kKnown) {
    const auto [stem, unit] = without_unit(name, known.role);
    if (stem != known.stem) continue;
    return column_of(known.role, std::string(known.target), column, unit);
  }
  return std::nullopt;
}

bool is_same_role(const BoardColumn& a, const BoardColumn& b) {
  return a.role == b.role && a.target == b.target;
}

std::vector<double> numbers_of(const CsvFile& file, const BoardColumn& column) {
  std::vector<double> numbers;
  const std::size_t index = *file.find(column.column);
  for (const CsvRow& row : file.rows) {
    const auto value = csv_number(row.cells[index], file.dialect);
    if (value && std::isfinite(*value)) numbers.push_back(*value);
  }
  return numbers;
}

double largest(const std::vector<double>& values) {
  return values.empty() ? 0.0 : *std::max_element(values.begin(), values.end());
}

// Jetsons clock between 10 MHz and 10 GHz, so the size tells the unit.
double clock_factor(double most) {
  return most >= 1e7 ? 1.0 : most >= 1e4 ? 1e3 : most >= 10.0 ? 1e6 : 1e9;
}

// Shares have fractions and end at 1.
double load_factor(const std::vector<double>& values) {
  const bool has_fraction =
      std::any_of(values.begin(), values.end(), [](double v) { return std::floor(v) != v; });
  return largest(values) > 1.0 || !has_fraction ? 0.01 : 1.0;
}

void settle_units(const CsvFile& file, std::vector<BoardColumn>& columns) {
  double most_power = 0.0;
  for (const BoardColumn& column : columns) {
    if (column.role == BoardRole::kPower && column.factor == 0.0) {
      most_power = std::max(most_power, largest(numbers_of(file, column)));
    }
  }
  for (BoardColumn& column : columns) {
    if (column.factor != 0.0 || column.role == BoardRole::kTime) continue;
    const std::vector<double> values = numbers_of(file, column);
    switch (column.role) {
      case BoardRole::kClock: column.factor = clock_factor(largest(values)); break;
      case BoardRole::kLoad: column.factor = load_factor(values); break;
      case BoardRole::kPower: column.factor = most_power > kMostPlausibleWatts ? 1e-3 : 1.0; break;
      default: column.factor = 1.0;
    }
  }
}

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
  throw std::invalid_argument(fmt::format("--column {}: {}", excerpt(text), why));
}

// The role and target of "load.gpu".
std::optional<std::pair<BoardRole, std::string>> role_named(std::string_view name) {
  if (name == "time") return std::pair(BoardRole::kTime, std::string());
  for (const std::string_view clock : {"cpu", "gpu", "emc"}) {
    if (name == clock) return std::pair(BoardRole::kClock, std::string(clock));
  }
  for (const auto& [prefix, role] : {std::pair{std::string_view("load."), BoardRole::kLoad},
                                     {"power.", BoardRole::kPower},
                                     {"temp.", BoardRole::kCelsius}}) {
    if (name.starts_with(prefix) && name.size() > prefix.size()) {
      return std::pair(role, std::string(name.substr(prefix.size())));
    }
  }
  return std::nullopt;
}

}  // namespace

bool says_reading(std::string_view column) {
  if (column == "jetson_clocks") return false;  // jtop's: on or off
  const std::string name = fmt::format("_{}_", plain_column_name(column));
  for (const std::string_view word : {"freq", "clk", "clock", "_mhz_", "_khz_", "_ghz_", "_hz_",
                                      "power", "watt", "energy", "joule", "_w_", "_mw_", "_j_"}) {
    if (name.find(word) != std::string::npos) return true;
  }
  return false;
}

bool is_board_column(std::string_view text) {
  return role_named(text.substr(0, text.find('='))).has_value();
}

BoardColumn parse_board_column(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || equals + 1 == text.size()) {
    refuse(text, "expected ROLE=COLUMN[:UNIT], as in gpu=clk:MHz");
  }
  const auto role = role_named(text.substr(0, equals));
  if (!role) {
    refuse(text,
           "there is no such role (there are: time, cpu, gpu, emc, load.cpu, load.gpu, "
           "load.emc, power.RAIL, temp.ZONE)");
  }
  BoardColumn column{role->first, role->second, std::string(text.substr(equals + 1)), 0.0};
  const auto colon = column.column.rfind(':');
  if (colon == std::string::npos) {
    const auto [stem, unit] = without_unit(plain_column_name(column.column), column.role);
    if (unit != nullptr) column.factor = unit->factor;
    return column;
  }
  const std::string unit = column.column.substr(colon + 1);
  column.column.resize(colon);
  std::vector<std::string_view> allowed;
  for (const Unit& known : kUnits) {
    if (known.role != column.role) continue;
    if (known.name == unit) {
      column.factor = known.factor;
      return column;
    }
    if (std::ranges::find(allowed, known.name) == allowed.end()) allowed.push_back(known.name);
  }
  refuse(text, fmt::format("there is no unit \"{}\" for it (there are: {})", excerpt(unit),
                           fmt::join(allowed, ", ")));
}

std::vector<BoardColumn> choose_board_columns(const CsvFile& file, const Board& board,
                                              std::span<const BoardColumn> told) {
  std::vector<BoardColumn> chosen(told.begin(), told.end());
  const auto fail = [&](const std::string& message) {
    throw LogError(file.file, file.header_line, 1, message);
  };
  for (const BoardColumn& column : chosen) {
    if (!file.find(column.column)) {
      fail(fmt::format("no column \"{}\" (there are: {})", excerpt(column.column),
                       excerpt(fmt::format("{}", fmt::join(file.columns, ", ")), 400)));
    }
    const auto& rails = board.rails;
    if (column.role == BoardRole::kPower &&
        std::find(rails.begin(), rails.end(), column.target) == rails.end()) {
      fail(fmt::format("{} has {}", board.id, unknown_name("rail", column.target, rails)));
    }
  }
  for (const std::string& name : file.columns) {
    const auto known = recognise(name, board);
    if (!known) continue;
    const bool is_taken = std::any_of(chosen.begin(), chosen.end(), [&](const BoardColumn& other) {
      return other.column == name || is_same_role(other, *known);
    });
    if (!is_taken) chosen.push_back(*known);
  }
  settle_units(file, chosen);
  return chosen;
}

}  // namespace flyball
