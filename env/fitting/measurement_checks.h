// What makes a user's sweep unfit for a fit: units off by a power of 1000, readings that contradict
// each other, one setting measured twice, knobs that cannot be told apart. All throw DataError
// naming the file, the column and the likely cause; what they are given is in SI. Pure.
#pragma once

#include <span>

#include "env/fitting/measurement_columns.h"
#include "env/fitting/measurements.h"
#include "env/fitting/unused_columns.h"

namespace flyball {

// Power that no Jetson module draws: in every row the unit is wrong, in one row that row. `time`: a
// column of energy may be off because of it.
void check_power_unit(const Measurements& set, const ColumnChoice& power, const ColumnChoice& time);

// Times that no batch or request takes, by the median, so that a few odd rows are left to the fit.
// A unit that was told is taken as it is.
void check_time_unit(const Measurements& set, const ColumnChoice& time);

// A row whose time no setting of a board explains, far from the median.
void check_time_rows(const Measurements& set, const ColumnChoice& time);

struct PowerColumns {
  const ColumnChoice& power;  // of which the rows' watts are
  const ColumnChoice& time;
  const ColumnChoice& other;  // says the same in another way
};
// `other_watts`, per row, against the rows' own, by the median of their ratios.
void check_same_power(const Measurements& set, const PowerColumns& columns,
                      std::span<const double> other_watts);

struct RepeatRule {
  const CsvTable& table;
  std::span<const UnusedColumn> unused;
  Duplicates duplicates = Duplicates::kRefuse;
};
// Two rows of one setting: refused where a setting that is not used tells them apart, and where no
// mean was asked for.
void check_repeated(const RepeatRule& rule, const TextRow& row, const TextRow& first);

// No knob varied, too few rows for those that did, two knobs that always move together. `unused`
// are named as what may be missing.
void check_identifiable(const Measurements& set, std::span<const UnusedColumn> unused);

}  // namespace flyball
