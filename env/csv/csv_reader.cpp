#include "env/csv/csv_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string_view>
#include <utility>

#include "env/excerpt.h"
#include "env/logs/log_error.h"
#include "env/text_file.h"

namespace flyball {

CsvReader::CsvReader(const std::string& path) : CsvReader(path, read_text_file(path)) {}

CsvReader::CsvReader(const std::string& path, std::string text) : text_(std::move(text)) {
  check_text(path, text_);
  header_.file = path;
  header_.dialect = detect_dialect(text_);
  scanner_.emplace(text_, header_.dialect.delimiter);
  CsvRow row;
  bool has_header = scan(row);
  if (has_header && row.line == 1 && row.cells.front() == "sep=") has_header = scan(row);
  if (!has_header) throw LogError(path, 1, 1, "empty: expected a row with the columns' names");
  header_.header_line = row.line;
  header_.columns = std::move(row.cells);
  while (header_.columns.size() > 1 && header_.columns.back().empty()) header_.columns.pop_back();
  const bool is_row =
      std::all_of(header_.columns.begin(), header_.columns.end(), [this](const std::string& name) {
        return name.empty() || csv_number(name, header_.dialect).has_value();
      });
  if (is_row) {
    throw LogError(path, row.line, 1,
                   fmt::format("{}: the first row holds numbers: put one with the columns' names "
                               "before it",
                               excerpt(header_.columns.front())));
  }
}

bool CsvReader::scan(CsvRow& row) {
  if (scanner_->next(row)) return true;
  if (const auto& fault = scanner_->fault()) {
    throw LogError(header_.file, fault->position.line, fault->position.column, fault->message);
  }
  return false;
}

bool CsvReader::next(CsvRow& row) {
  if (!scan(row)) return false;
  const std::size_t width = header_.columns.size();
  while (row.cells.size() > width && row.cells.back().empty()) {
    row.cells.pop_back();
    row.positions.pop_back();
  }
  if (row.cells.size() == width) return true;
  if (row.cells.size() < width && !row.has_end) {
    cut_line_ = row.line;
    return false;
  }
  throw LogError(header_.file, row.line, row.positions.back().column,
                 fmt::format("{} cells, the header has {}", row.cells.size(), width));
}

namespace {

// "1.020" among "869": thousands with a point, as German programs write them.
bool has_thousands(std::string_view cell) {
  const std::size_t point = cell.find('.');
  if (point < 1 || point > 3 || cell.size() != point + 4 || cell.front() == '0') return false;
  return std::all_of(cell.begin(), cell.end(),
                     [](unsigned char c) { return c == '.' || std::isdigit(c) != 0; });
}

// Where semicolons separate, a point may be one of thousands: a column that has points in no other
// place, and whole numbers beside, can be read in two ways.
void check_thousands(const CsvFile& file) {
  if (file.dialect.delimiter != ';' || file.dialect.decimal_comma) return;
  for (std::size_t column = 0; column < file.columns.size(); ++column) {
    const CsvRow* first = nullptr;
    bool has_whole = false;
    bool has_other = false;
    for (const CsvRow& row : file.rows) {
      const std::string& cell = row.cells[column];
      if (!csv_number(cell, file.dialect)) continue;
      const bool is_thousands = has_thousands(cell);
      if (is_thousands && first == nullptr) first = &row;
      has_whole = has_whole || cell.find('.') == std::string::npos;
      has_other = has_other || (!is_thousands && cell.find('.') != std::string::npos);
    }
    if (first == nullptr || !has_whole || has_other) continue;
    file.fail(*first, column,
              "numbers that can be read in one way: is the point one of thousands? Write 1020, or "
              "1.02 where it is a decimal point");
  }
}

}  // namespace

CsvFile parse_csv_file(const std::string& path, std::string text) {
  CsvReader reader(path, std::move(text));
  CsvFile file;
  static_cast<CsvHeader&>(file) = reader.header();
  for (CsvRow row; reader.next(row);) file.rows.push_back(row);
  file.cut_line = reader.cut_line();
  check_thousands(file);
  return file;
}

CsvFile read_csv_file(const std::string& path) {
  return whole_csv_file(path, read_text_file(path));
}

CsvFile whole_csv_file(const std::string& path, std::string text) {
  CsvFile file = parse_csv_file(path, std::move(text));
  for (const std::string& column : file.columns) file.find(column);
  if (file.cut_line) throw LogError(path, *file.cut_line, 1, "the last line is cut: remove it");
  if (file.rows.empty()) throw LogError(path, file.header_line, 1, "a header and no rows");
  return file;
}

}  // namespace flyball
