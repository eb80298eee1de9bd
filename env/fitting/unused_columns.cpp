#include "env/fitting/unused_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string_view>

namespace flyball {

namespace {

constexpr double kSameShare = 0.01;       // readings, and entries of a table, that differ by less
constexpr std::size_t kMostJobs = 20;     // a text column of more values is a remark or a time
constexpr std::size_t kFewestLevels = 3;  // fewer could be entries of a table by chance
constexpr std::size_t kValuesShown = 4;
constexpr double kMostCpus = 64.0;

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

bool is_near(double a, double b) {
  return std::abs(a - b) <= kSameShare * std::max(std::abs(a), std::abs(b));
}

// One column's cells, in the order of the rows.
struct Cells {
  std::string name;  // lower case
  std::vector<std::string> text;
  std::vector<std::optional<double>> numbers;
  std::vector<std::string> distinct;  // in order of appearance

  bool is_numeric() const {
    return std::all_of(numbers.begin(), numbers.end(), [](const auto& n) { return n.has_value(); });
  }
};

Cells cells_of(const CsvTable& table, std::span<const TextRow> rows, std::size_t column) {
  Cells cells;
  cells.name = lower(table.columns[column]);
  std::set<std::string_view> seen;
  for (const TextRow& row : rows) {
    const std::string& cell = row.cells[column];
    cells.text.push_back(cell);
    cells.numbers.push_back(csv_number(cell, table.dialect));
    if (seen.insert(cell).second) cells.distinct.push_back(cell);
  }
  return cells;
}

bool says_frequency(const std::string& name) {
  for (const char* part : {"freq", "clk", "khz", "mhz", "ghz", "_hz", "level", "pstate", "opp"}) {
    if (name.find(part) != std::string::npos) return true;
  }
  return name == "clock" || name == "hz" || name.ends_with("_clock");
}

struct Unit {
  const char* name;
  double hertz;
};
constexpr std::array<Unit, 4> kUnits = {{{"MHz", 1e6}, {"kHz", 1e3}, {"GHz", 1e9}, {"Hz", 1.0}}};

bool are_entries(const Cells& cells, double hertz, const std::vector<double>& levels) {
  return std::all_of(cells.numbers.begin(), cells.numbers.end(), [&](const auto& number) {
    const double value = *number * hertz;
    return is_near(value, levels[level_nearest(levels, value)]);
  });
}

// "gpu=freq_mhz:MHz" for the knobs without a column whose table holds every cell.
std::vector<std::string> knobs_that_fit(const Cells& cells, const std::string& column,
                                        const ColumnUse& use, const Board& board) {
  std::vector<std::string> fits;
  const bool is_sure = cells.distinct.size() >= kFewestLevels || says_frequency(cells.name);
  if (!cells.is_numeric() || !is_sure) return fits;
  for (const Knob& knob : board.knobs) {
    const bool has_column =
        std::find(use.used_knobs.begin(), use.used_knobs.end(), knob.name) != use.used_knobs.end();
    if (knob.is_application() || has_column) continue;
    for (const Unit& unit : kUnits) {
      if (!are_entries(cells, unit.hertz, knob.levels)) continue;
      fits.push_back(fmt::format("--column {}={}:{}", knob.name, column, unit.name));
    }
  }
  return fits;
}

// "run", "repeat_no", "Trial2", "date", "note": what tells measurements of one setting apart.
bool says_repetition(const std::string& name) {
  static constexpr std::array<std::string_view, 25> kWords = {
      "run",   "runs", "rep",  "reps",      "repeat", "repetition", "trial",  "iteration", "iter",
      "round", "pass", "seed", "index",     "idx",    "id",         "no",     "nr",        "sample",
      "row",   "date", "time", "timestamp", "note",   "notes",      "comment"};
  std::string word;
  for (const char c : name + "_") {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      word += c;
    } else if (std::find(kWords.begin(), kWords.end(), word) != kWords.end()) {
      return true;
    } else {
      word.clear();
    }
  }
  return false;
}

// Whether every setting was measured once at each of the same values, as a sweep does.
bool is_swept(const Cells& cells, const std::vector<std::size_t>& settings) {
  std::map<std::size_t, std::set<std::string>> values;
  for (std::size_t i = 0; i < settings.size(); ++i) {
    if (!values[settings[i]].insert(cells.text[i]).second) return false;
  }
  const std::set<std::string>& first = values.begin()->second;
  return std::all_of(values.begin(), values.end(),
                     [&](const auto& entry) { return entry.second == first; });
}

// "cores", "cores_online", "num_cpus": whole numbers, and not how many were busy. They are a
// setting of the board that no governor moves.
bool says_cpus(const Cells& cells) {
  const std::string& name = cells.name;
  const bool is_named =
      name.find("core") != std::string::npos || name.find("cpus") != std::string::npos;
  return is_named && cells.is_numeric() &&
         std::all_of(cells.numbers.begin(), cells.numbers.end(), [](const auto& number) {
           return *number >= 1.0 && *number <= kMostCpus && *number == std::floor(*number);
         });
}

bool is_setting(const Cells& cells, const ColumnUse& use) {
  if (says_frequency(cells.name) || says_cpus(cells)) return true;
  if (says_repetition(cells.name)) return false;
  const bool is_text = std::none_of(cells.numbers.begin(), cells.numbers.end(),
                                    [](const auto& number) { return number.has_value(); });
  if (is_text) return cells.distinct.size() <= kMostJobs;
  return cells.distinct.size() < cells.text.size() && is_swept(cells, use.settings);
}

std::string shown(const std::string& column, const std::vector<std::string>& values) {
  std::string text;
  for (std::size_t i = 0; i < std::min(values.size(), kValuesShown); ++i) {
    text += (i == 0 ? "" : ", ") + values[i];
  }
  if (values.size() > kValuesShown) text += fmt::format(", ... {} values", values.size());
  return fmt::format("{} holds {}", column, text);
}

}  // namespace

std::vector<UnusedColumn> unused_columns(const CsvTable& table, std::span<const TextRow> rows,
                                         const ColumnUse& use, const Board& board) {
  std::vector<UnusedColumn> unused;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    if (std::find(use.used.begin(), use.used.end(), c) != use.used.end()) continue;
    const std::string& name = table.columns[c];
    const Cells cells = cells_of(table, rows, c);
    if (cells.distinct.size() < 2) continue;
    UnusedColumn column{c, shown(name, cells.distinct), "", false};
    const std::vector<std::string> fits = knobs_that_fit(cells, name, use, board);
    column.is_setting = !fits.empty() || is_setting(cells, use);
    column.advice = fits.empty() ? fmt::format("one {} at a time, --where {}={}",
                                               says_cpus(cells) ? "number of CPUs" : "job", name,
                                               cells.distinct.front())
                                 : fmt::format("{}?", fmt::join(fits, " or "));
    unused.push_back(std::move(column));
  }
  return unused;
}

bool differ_in(const CsvTable& table, const TextRow& a, const TextRow& b, std::size_t column) {
  const std::optional<double> first = csv_number(a.cells[column], table.dialect);
  const std::optional<double> second = csv_number(b.cells[column], table.dialect);
  if (first && second) return !is_near(*first, *second);
  return a.cells[column] != b.cells[column];
}

}  // namespace flyball
