// CSV files of numbers that configurations name: traces of arrivals, sweep tables, think times.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace flyball {

struct NumberRow {
  std::size_t line = 0;                        // in the file, from 1
  std::vector<std::optional<double>> numbers;  // one per column asked for; empty cells are absent
};

// The rows with the columns `required`, then `optional` (absent where the file has no such column).
// Throws DataError "FILE:LINE:COLUMN: what" for a missing or unknown column, a cell that is no
// finite number, an empty cell of a required column.
std::vector<NumberRow> read_number_columns(const std::filesystem::path& path,
                                           const std::vector<std::string>& required,
                                           const std::vector<std::string>& optional = {});

}  // namespace flyball
