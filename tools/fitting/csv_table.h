// A CSV file with a header as text cells: users' measurements, whose columns are theirs to name.
// No quoting; '#' begins a comment line. Values.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace flyball {

struct TextRow {
  std::size_t line = 0;  // in the file, from 1
  std::vector<std::string> cells;
};

struct CsvTable {
  std::filesystem::path file;
  std::size_t header_line = 1;
  std::vector<std::string> columns;
  std::vector<TextRow> rows;

  std::optional<std::size_t> find(const std::string& column) const;
  // "FILE:LINE: column NAME: ".
  std::string where(const TextRow& row, std::size_t column) const;
  // Throws InputError unless the cell is a finite number.
  double number(const TextRow& row, std::size_t column) const;
};

// Spaces around cells are dropped. Throws InputError naming file and line: unreadable, empty, a
// column named twice, a row with another number of cells.
CsvTable read_csv_table(const std::filesystem::path& path);

}  // namespace flyball
