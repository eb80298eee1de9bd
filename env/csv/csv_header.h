// The columns of a CSV file, and what its cells mean by them. A value.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "env/csv/csv_dialect.h"
#include "env/csv/csv_row.h"

namespace flyball {

struct CsvHeader {
  std::string file;
  CsvDialect dialect;
  std::size_t header_line = 1;
  std::vector<std::string> columns;  // as the first row names them

  // Throws LogError where two columns have that name.
  std::optional<std::size_t> find(const std::string& column) const;
  // The finite number that a cell of `row` holds. Throws LogError.
  double number(const CsvRow& row, std::size_t column) const;
  // Throws LogError "FILE:LINE:COLUMN: NAME: 'CELL': expected ...".
  [[noreturn]] void fail(const CsvRow& row, std::size_t column, const std::string& expected) const;
};

}  // namespace flyball
