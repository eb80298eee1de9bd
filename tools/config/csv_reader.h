// Small CSV files of numbers with a header line, for configurations. No quoting; '#' begins a
// comment line. Telemetry logs have a reader of their own (env/logs).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace flyball {

struct CsvRow {
  std::size_t line = 0;                        // in the file, from 1
  std::vector<std::optional<double>> numbers;  // one per column asked for; empty cells are absent
};

// The rows with the columns `required`, then `optional` (absent where the file has no such column).
// Throws InputError "FILE:LINE: what" for a missing or unknown column, a cell that is no finite
// number, an empty cell of a required column.
std::vector<CsvRow> read_csv(const std::filesystem::path& path,
                             const std::vector<std::string>& required,
                             const std::vector<std::string>& optional = {});

}  // namespace flyball
