// How a CSV file is written, told from its text. Pure; private to env/csv but for the struct.
#pragma once

#include <optional>
#include <string_view>

namespace flyball {

struct CsvDialect {
  char delimiter = ',';        // or ';', a tab, '|', one space
  bool decimal_comma = false;  // 3000,5: as many spreadsheets write it beside ';'
};

// A first line "sep=;" counts; else the delimiter that cuts the header and the rows below it into
// equally many cells, more of them numbers.
CsvDialect detect_dialect(std::string_view text);

// Whether a cell says that there is no value: empty, or nan, n/a, none, null as programs write it.
bool is_absent_cell(std::string_view cell);

// The finite number that the whole cell is; infinite or NaN where it says so; absent: no number.
std::optional<double> csv_number(std::string_view cell, const CsvDialect& dialect);

}  // namespace flyball
