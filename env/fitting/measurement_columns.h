// Which column of a measurement file means what, and in which unit: told by the user or recognised
// by its name. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "env/fitting/csv_table.h"

namespace flyball {

enum class ColumnRole : std::uint8_t {
  kCpu,            // hertz
  kGpu,            // hertz
  kEmc,            // hertz
  kBatch,          // requests in one batch
  kClients,        // clients that keep one request each outstanding
  kTime,           // seconds per batch
  kThroughput,     // requests per second
  kPower,          // watts
  kEnergy,         // joules per batch
  kRequestEnergy,  // joules per request
};

// "cpu", "request_energy".
const char* to_string(ColumnRole role);

struct ColumnChoice {
  ColumnRole role = ColumnRole::kTime;
  std::string column;
  std::string unit;       // "kHz"; "" for counts
  double factor = 1.0;    // to SI
  bool was_told = false;  // by --column, and not recognised
};

// "cpu=cpu_khz:kHz"; without ":UNIT" the unit is read off the column's name, else SI. Throws
// std::invalid_argument.
ColumnChoice parse_column(std::string_view text);

// What was told, completed by the columns whose names say what they are. A role is taken at most
// once, the first name in the file wins. Throws DataError where a told column does not exist.
std::vector<ColumnChoice> choose_columns(const CsvTable& table, std::span<const ColumnChoice> told);

std::optional<ColumnChoice> find_role(std::span<const ColumnChoice> columns, ColumnRole role);

// "workload=ViT", "concurrency<=32": a row filter. Operators = != < <= > >=.
struct RowFilter {
  std::string column;
  std::string op;
  std::string value;
};
// Throws std::invalid_argument.
RowFilter parse_filter(std::string_view text);
// What a column holds, each once, in the order of the rows.
std::vector<std::string> values_of(std::span<const TextRow> rows, std::size_t column);
// Throws DataError where the column does not exist, an order is asked of text or no row is left.
std::vector<TextRow> filtered(const CsvTable& table, std::span<const RowFilter> filters);

}  // namespace flyball
