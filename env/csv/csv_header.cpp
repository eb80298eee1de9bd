#include "env/csv/csv_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "env/excerpt.h"
#include "env/logs/log_error.h"

namespace flyball {

std::optional<std::size_t> CsvHeader::find(const std::string& column) const {
  const auto found = std::find(columns.begin(), columns.end(), column);
  if (found == columns.end()) return std::nullopt;
  if (std::find(found + 1, columns.end(), column) != columns.end()) {
    throw LogError(file, header_line, 1,
                   fmt::format("two columns are named \"{}\"", excerpt(column)));
  }
  return static_cast<std::size_t>(found - columns.begin());
}

double CsvHeader::number(const CsvRow& row, std::size_t column) const {
  const std::optional<double> value = csv_number(row.cells.at(column), dialect);
  if (!value) {
    const bool has_point = row.cells[column].find('.') != std::string::npos;
    fail(row, column,
         dialect.decimal_comma && has_point
             ? "a number with a decimal comma, as the file's others have"
             : "a number");
  }
  if (!std::isfinite(*value)) fail(row, column, "a finite number");
  return *value;
}

void CsvHeader::fail(const CsvRow& row, std::size_t column, const std::string& expected) const {
  const CsvRow::Position& position = row.positions.at(column);
  throw LogError(file, position.line, position.column,
                 fmt::format("{}: '{}': expected {}", excerpt(columns.at(column)),
                             excerpt(row.cells.at(column)), expected));
}

}  // namespace flyball
