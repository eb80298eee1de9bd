#include "env/fitting/csv_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <string>
#include <utility>

#include "env/csv/csv_reader.h"
#include "env/errors.h"
#include "env/excerpt.h"
#include "env/logs/json_rows.h"
#include "env/text_file.h"

namespace flyball {

std::optional<std::size_t> CsvTable::find(const std::string& column) const {
  const auto found = std::find(columns.begin(), columns.end(), column);
  if (found == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns.begin());
}

std::string CsvTable::where(const TextRow& row, std::size_t column) const {
  return fmt::format("{}:{}: column {}: ", file.string(), row.line, excerpt(columns[column]));
}

double CsvTable::number(const TextRow& row, std::size_t column) const {
  const std::string& cell = row.cells[column];
  const std::optional<double> value = csv_number(cell, dialect);
  if (!value) {
    throw DataError(where(row, column) +
                    (cell.empty() ? std::string("the cell is empty")
                                  : fmt::format("\"{}\" is not a number", excerpt(cell))));
  }
  if (!std::isfinite(*value)) {
    throw DataError(where(row, column) + fmt::format("\"{}\" is not a measurement; leave rows "
                                                     "that failed out of the file",
                                                     excerpt(cell)));
  }
  return *value;
}

CsvTable read_csv_table(const std::filesystem::path& path) {
  try {
    std::string text = read_text_file(path.string());
    CsvFile file = is_json(text) ? read_json_rows(path.string(), text)
                                 : whole_csv_file(path.string(), std::move(text));
    return {path, file.header_line, file.dialect, std::move(file.columns), std::move(file.rows)};
  } catch (const std::exception& error) {
    throw DataError(error.what());
  }
}

}  // namespace flyball
