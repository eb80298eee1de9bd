// A fit is of one board under one job: rows of several are told apart before anything else is made
// of them. Pure.
#pragma once

#include <span>
#include <string>

#include "env/fitting/csv_table.h"

namespace flyball {

// Throws DataError where a column that names devices or jobs ("device", "board", "workload", ...)
// holds more than one name, listing them with the --where that keeps one. `ignored`: columns that
// the user says do not matter.
void require_one_source(const CsvTable& table, std::span<const TextRow> rows,
                        std::span<const std::string> ignored);

}  // namespace flyball
