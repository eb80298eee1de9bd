// JSON objects as rows of cells: one object per line, or an array of objects. Pure.
#pragma once

#include <string>
#include <string_view>

#include "env/csv/csv_reader.h"

namespace flyball {

// Whether the text begins as JSON does.
bool is_json(std::string_view text);

// Columns are the keys in the order in which they first come; a key that a row lacks is an empty
// cell, null is one too, text comes without its quotes. Nested values are passed over (and may not
// nest deeper than 64). Linear in the text's length. A last object that was cut is left out, and
// noted in cut_line, where others came before it. Throws LogError for what is no JSON.
CsvFile read_json_rows(const std::string& path, std::string_view text);

}  // namespace flyball
