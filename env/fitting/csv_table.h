// A CSV file with a header as text cells: users' measurements, whose columns are theirs to name.
// Read by env/csv, in any of its dialects. Values.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "env/csv/csv_dialect.h"
#include "env/csv/csv_row.h"

namespace flyball {

using TextRow = CsvRow;

struct CsvTable {
  std::filesystem::path file;
  std::size_t header_line = 1;
  CsvDialect dialect;
  std::vector<std::string> columns;
  std::vector<TextRow> rows;

  std::optional<std::size_t> find(const std::string& column) const;
  // "FILE:LINE: column NAME: ".
  std::string where(const TextRow& row, std::size_t column) const;
  // Throws DataError unless the cell is a finite number.
  double number(const TextRow& row, std::size_t column) const;
};

// Throws DataError naming file and line: unreadable, empty, a column named twice, a row with
// another number of cells.
CsvTable read_csv_table(const std::filesystem::path& path);

}  // namespace flyball
