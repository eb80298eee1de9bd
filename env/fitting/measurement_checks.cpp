#include "env/fitting/measurement_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "env/errors.h"
#include "env/module_power.h"
#include "env/statistics.h"

namespace flyball {

namespace {

// What a Jetson module can draw at least; below it, and above kMostPlausibleWatts, the unit is
// wrong.
constexpr double kLeastWatts = 0.1;
// A batch is some kernel launches at least, and nobody waits that long for one request. Slower or
// faster work is taken where the unit is told.
constexpr double kLeastBatchSeconds = 2e-4;
constexpr double kMostRequestSeconds = 30.0;
constexpr double kMostTimeSpread = 1e5;  // from the median
// How far power and energy over time may differ, where a file has both.
constexpr double kMostDisagreement = 0.2;

bool is_off(const Measurement& row) {
  return row.watts < kLeastWatts || row.watts > kMostPlausibleWatts;
}

double median_seconds(const Measurements& set) {
  std::vector<double> seconds;
  for (const Measurement& row : set.rows) seconds.push_back(row.seconds);
  return upper_median(seconds);
}

// Why the power of every row may be off.
std::string unit_cause(const ColumnChoice& power, const ColumnChoice& time, bool is_high) {
  if (power.role == ColumnRole::kPower) {
    const char* unit = is_high ? "mW" : "W";
    return fmt::format("is the column in {}? --column power={}:{}", unit, power.column, unit);
  }
  return fmt::format("energy over time; is {} in {}, or {} in another unit?", power.column,
                     is_high ? "mJ" : "J", time.column);
}

// "; not used though it varies: the column ...", for every such column.
std::string not_used(std::span<const UnusedColumn> unused) {
  std::string text;
  for (const UnusedColumn& column : unused) {
    text += fmt::format("; not used though it varies: the column {}{}", column.text,
                        column.is_setting ? ": " + column.advice : "");
  }
  return text;
}

// Two knobs that always move together cannot be told apart.
void check_apart(const Measurements& set, FitKnob a, FitKnob b) {
  std::set<std::pair<double, double>> pairs;
  for (const Measurement& row : set.rows) {
    pairs.emplace(Measurements::value(row, a), Measurements::value(row, b));
  }
  if (pairs.size() > std::max(levels_of(set, a).size(), levels_of(set, b).size())) return;
  throw DataError(
      fmt::format("{}: {} and {} always move together: which of them matters cannot be told; sweep "
                  "them apart, or leave one out of the model with --without {}",
                  set.file.string(), to_string(a), to_string(b), to_string(b)));
}

}  // namespace

void check_power_unit(const Measurements& set, const ColumnChoice& power,
                      const ColumnChoice& time) {
  const auto row = std::find_if(set.rows.begin(), set.rows.end(), is_off);
  if (row == set.rows.end()) return;
  const auto off = std::count_if(set.rows.begin(), set.rows.end(), is_off);
  throw DataError(
      fmt::format("{}:{}: column {}: {:g} W, a Jetson draws {} to {} W ({} of {} rows are off): {}",
                  set.file.string(), row->line, power.column, row->watts, kLeastWatts,
                  kMostPlausibleWatts, off, set.rows.size(),
                  off == 1 ? "off by 1000 in this row?"
                           : unit_cause(power, time, row->watts > kMostPlausibleWatts)));
}

void check_time_unit(const Measurements& set, const ColumnChoice& time) {
  if (time.was_told) return;
  std::vector<double> requests;
  for (const Measurement& row : set.rows) requests.push_back(row.seconds / row.batch());
  const double batch = median_seconds(set);
  const double request = upper_median(requests);
  if (batch >= kLeastBatchSeconds && request <= kMostRequestSeconds) return;
  throw DataError(fmt::format(
      "{}: column {}: {:g} s per batch (median), {:g} s per request; expected at least {} s per "
      "batch and at most {} s per request: is the column off by 1000? Tell its unit, --column "
      "{}={}:UNIT; told, it is taken as it is",
      set.file.string(), time.column, batch, request, kLeastBatchSeconds, kMostRequestSeconds,
      to_string(time.role), time.column));
}

void check_time_rows(const Measurements& set, const ColumnChoice& time) {
  const double typical = median_seconds(set);
  for (const Measurement& row : set.rows) {
    const double ratio = row.seconds / typical;
    if (ratio <= kMostTimeSpread && ratio >= 1.0 / kMostTimeSpread) continue;
    throw DataError(
        fmt::format("{}:{}: column {}: {:g} s per batch, {:g} s is usual here: leave "
                    "rows that failed out of the file",
                    set.file.string(), row.line, time.column, row.seconds, typical));
  }
}

void check_same_power(const Measurements& set, const PowerColumns& columns,
                      std::span<const double> other_watts) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < set.rows.size(); ++i) {
    ratios.push_back(other_watts[i] / set.rows[i].watts);
  }
  const double ratio = upper_median(ratios);
  if (std::abs(ratio - 1.0) <= kMostDisagreement) return;
  const std::string& power = columns.power.column;
  const std::string& other = columns.other.column;
  throw DataError(fmt::format(
      "{}: column {} asks for {:g} times the power of column {} (median): power times time is "
      "energy, so one of {}, {} and {} is off or in another unit",
      set.file.string(), other, ratio, power, other, power, columns.time.column));
}

void check_repeated(const RepeatRule& rule, const TextRow& row, const TextRow& first) {
  std::string settings;
  std::string readings;
  for (const UnusedColumn& column : rule.unused) {
    if (!differ_in(rule.table, row, first, column.column)) continue;
    const std::string& name = rule.table.columns[column.column];
    if (column.is_setting) {
      settings += fmt::format("; not used: the column {}: {} (or --ignore {})", column.text,
                              column.advice, name);
    } else {
      readings += (readings.empty() ? "" : ", ") + name;
    }
  }
  const std::string where = fmt::format("{}:{}: the same setting as line {}",
                                        rule.table.file.string(), row.line, first.line);
  if (!settings.empty()) throw DataError(where + settings);
  if (rule.duplicates == Duplicates::kMean) return;
  if (!readings.empty()) readings = fmt::format(" (not used: {})", readings);
  throw DataError(
      fmt::format("{}{}; --duplicates mean takes repeated measurements together", where, readings));
}

void check_identifiable(const Measurements& set, std::span<const UnusedColumn> unused) {
  const std::vector<FitKnob>& varied = set.varied;
  if (varied.empty()) {
    throw DataError(fmt::format(
        "{}: no knob was varied: every row has the same cpu, gpu, emc and batch, so nothing can be "
        "said of their influence{}",
        set.file.string(), not_used(unused)));
  }
  const std::size_t fewest = fewest_rows(varied.size());
  if (set.rows.size() < fewest) {
    throw DataError(fmt::format("{}: {} rows, at least {} are needed where {} knobs vary",
                                set.file.string(), set.rows.size(), fewest, varied.size()));
  }
  for (std::size_t a = 0; a < varied.size(); ++a) {
    for (std::size_t b = a + 1; b < varied.size(); ++b) check_apart(set, varied[a], varied[b]);
  }
}

}  // namespace flyball
