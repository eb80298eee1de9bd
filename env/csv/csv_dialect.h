// How a CSV file is written, told from its text. Pure; private to env/csv but for the struct.
#pragma once

#include <optional>
#include <string_view>

namespace flyball {

struct CsvDialect {
  char delimiter = ',';        // or ';' or a tab
  bool decimal_comma = false;  // 3000,5: as many spreadsheets write it beside ';'
};

// A first line "sep=;" counts; else the delimiter that cuts the header and the rows below it into
// equally many cells, more of them numbers.
CsvDialect detect_dialect(std::string_view text);

// The finite number that the whole cell is; infinite or NaN where it says so; absent: no number.
std::optional<double> csv_number(std::string_view cell, const CsvDialect& dialect);

}  // namespace flyball
