#include "tools/fitting/csv_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>

#include "tools/exit_codes.h"

namespace flyball {

namespace {

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> cells;
  std::size_t begin = 0;
  for (std::size_t comma; (comma = line.find(',', begin)) != std::string::npos;) {
    cells.push_back(trimmed(line.substr(begin, comma - begin)));
    begin = comma + 1;
  }
  cells.push_back(trimmed(line.substr(begin)));
  return cells;
}

void check_header(const CsvTable& table) {
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const auto first = std::find(table.columns.begin(), table.columns.end(), table.columns[i]);
    if (static_cast<std::size_t>(first - table.columns.begin()) == i) continue;
    throw InputError(fmt::format("{}:{}: two columns are named \"{}\"", table.file.string(),
                                 table.header_line, table.columns[i]));
  }
}

}  // namespace

std::optional<std::size_t> CsvTable::find(const std::string& column) const {
  const auto found = std::find(columns.begin(), columns.end(), column);
  if (found == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns.begin());
}

std::string CsvTable::where(const TextRow& row, std::size_t column) const {
  return fmt::format("{}:{}: column {}: ", file.string(), row.line, columns[column]);
}

double CsvTable::number(const TextRow& row, std::size_t column) const {
  const std::string& cell = row.cells[column];
  double value = 0.0;
  const auto parsed = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != cell.data() + cell.size()) {
    throw InputError(where(row, column) + (cell.empty()
                                               ? std::string("the cell is empty")
                                               : fmt::format("\"{}\" is not a number", cell)));
  }
  if (!std::isfinite(value)) {
    throw InputError(where(row, column) + fmt::format("\"{}\" is not a measurement; leave rows "
                                                      "that failed out of the file",
                                                      cell));
  }
  return value;
}

CsvTable read_csv_table(const std::filesystem::path& path) {
  std::ifstream stream(path);
  if (!stream) throw InputError(fmt::format("{}: cannot be read", path.string()));
  CsvTable table;
  table.file = path;
  std::string text;
  for (std::size_t line = 1; std::getline(stream, text); ++line) {
    if (line == 1 && text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);  // a byte order mark
    if (!text.empty() && text.back() == '\r') text.pop_back();
    if (text.empty() || text.front() == '#') continue;
    std::vector<std::string> cells = split(text);
    if (table.columns.empty()) {
      table.header_line = line;
      table.columns = std::move(cells);
      check_header(table);
      continue;
    }
    if (cells.size() != table.columns.size()) {
      throw InputError(fmt::format("{}:{}: {} cells, the header has {}", path.string(), line,
                                   cells.size(), table.columns.size()));
    }
    table.rows.push_back({line, std::move(cells)});
  }
  if (table.columns.empty()) {
    throw InputError(fmt::format("{}: empty; expected a header with column names", path.string()));
  }
  if (table.rows.empty()) {
    throw InputError(fmt::format("{}: a header and no rows", path.string()));
  }
  return table;
}

}  // namespace flyball
