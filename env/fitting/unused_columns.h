// Columns that a fit did not use although their cells differ: settings that nobody named, over
// which no mean may be taken, and readings that may stay unused. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "env/board.h"
#include "env/fitting/csv_table.h"

namespace flyball {

struct UnusedColumn {
  std::size_t column = 0;
  std::string text;         // "freq_mhz holds 306, 408, 510, 612, ... 8 values"
  std::string advice;       // "--column gpu=freq_mhz:MHz?", "one job at a time, --where job=a"
  bool is_setting = false;  // rows that differ in it were not measured under one setting
};

struct ColumnUse {
  std::vector<std::size_t> used;        // columns that the fit reads, or that it was told to ignore
  std::vector<std::string> used_knobs;  // "cpu", "gpu", "emc" that have a column
  std::vector<std::size_t> settings;    // per row: equal numbers for equal settings of what is used
};

// A column is a setting if its cells are frequencies of a knob that has no column, if its name says
// frequency, if it is text of few values (one job each), or if every setting was measured at the
// same values of it and it is no count of repetitions.
std::vector<UnusedColumn> unused_columns(const CsvTable& table, std::span<const TextRow> rows,
                                         const ColumnUse& use, const Board& board);

// Whether two rows differ in a column by more than a reading's noise (1 %).
bool differ_in(const CsvTable& table, const TextRow& a, const TextRow& b, std::size_t column);

}  // namespace flyball
