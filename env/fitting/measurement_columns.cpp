#include "env/fitting/measurement_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "env/errors.h"
#include "env/excerpt.h"
#include "env/logs/column_name.h"
#include "env/nearest_name.h"

namespace flyball {

namespace {

constexpr std::size_t kValuesBytes = 200;  // of a column's values in a message

enum class Quantity : std::uint8_t { kFrequency, kCount, kTime, kRate, kPower, kEnergy };

struct Unit {
  const char* name;
  const char* suffix;  // of a column's name, lower case
  Quantity quantity;
  double factor;
};

// A suffix begins with its underscore, so that "_s" is not found in "_ms".
constexpr Unit kUnits[] = {
    {"Hz", "_hz", Quantity::kFrequency, 1.0},   {"kHz", "_khz", Quantity::kFrequency, 1e3},
    {"MHz", "_mhz", Quantity::kFrequency, 1e6}, {"GHz", "_ghz", Quantity::kFrequency, 1e9},
    {"s", "_s", Quantity::kTime, 1.0},          {"s", "_seconds", Quantity::kTime, 1.0},
    {"ms", "_ms", Quantity::kTime, 1e-3},       {"us", "_us", Quantity::kTime, 1e-6},
    {"1/s", "_per_s", Quantity::kRate, 1.0},    {"1/s", "_per_second", Quantity::kRate, 1.0},
    {"W", "_w", Quantity::kPower, 1.0},         {"W", "_watts", Quantity::kPower, 1.0},
    {"mW", "_mw", Quantity::kPower, 1e-3},      {"J", "_j", Quantity::kEnergy, 1.0},
    {"J", "_joules", Quantity::kEnergy, 1.0},   {"mJ", "_mj", Quantity::kEnergy, 1e-3},
};

struct Role {
  ColumnRole role;
  const char* name;
  Quantity quantity;
  std::vector<std::string_view> stems;  // of column names, without unit
};

const std::vector<Role>& roles() {
  static const std::vector<Role> all = {
      {ColumnRole::kCpu,
       "cpu",
       Quantity::kFrequency,
       {"cpu", "cpu_freq", "cpu_frequency", "cpu_clock", "cpu_clk", "freq_cpu", "f_cpu"}},
      {ColumnRole::kGpu,
       "gpu",
       Quantity::kFrequency,
       {"gpu", "gpu_freq", "gpu_frequency", "gpu_clock", "gpu_clk", "gr3d_freq", "freq_gpu",
        "f_gpu"}},
      {ColumnRole::kEmc,
       "emc",
       Quantity::kFrequency,
       {"emc", "emc_freq", "emc_frequency", "emc_clock", "emc_clk", "mem", "mem_freq", "memory",
        "memory_freq", "memory_frequency", "freq_emc", "freq_mem", "f_emc", "f_mem"}},
      {ColumnRole::kBatch, "batch", Quantity::kCount, {"batch", "batch_size", "batchsize", "bs"}},
      {ColumnRole::kClients,
       "clients",
       Quantity::kCount,
       {"clients", "concurrency", "concurrent_requests"}},
      {ColumnRole::kTime,
       "time",
       Quantity::kTime,
       {"time", "time_per_minibatch", "time_per_batch", "batch_time", "latency", "batch_latency",
        "duration", "elapsed", "seconds"}},
      {ColumnRole::kThroughput,
       "throughput",
       Quantity::kRate,
       {"throughput", "inferences", "inferences_per_s", "requests_per_second", "requests",
        "images_per_second", "samples_per_second", "fps", "qps", "ips"}},
      {ColumnRole::kPower,
       "power",
       Quantity::kPower,
       {"power", "mean_power", "avg_power", "average_power", "board_power", "module_power",
        "mean_board_power", "total_power", "watts"}},
      {ColumnRole::kEnergy,
       "energy",
       Quantity::kEnergy,
       {"energy", "energy_per_minibatch", "energy_per_batch", "batch_energy", "joules"}},
      {ColumnRole::kRequestEnergy,
       "request_energy",
       Quantity::kEnergy,
       {"request_energy", "energy_per_request", "energy_per_inference", "energy_per_query",
        "energy_per_image"}},
  };
  return all;
}

const Role& role_of(ColumnRole role) {
  return *std::find_if(roles().begin(), roles().end(),
                       [&](const Role& entry) { return entry.role == role; });
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return c == '-' ? '_' : std::tolower(c); });
  return result;
}

// A column's name as the lists have it.
std::string named(const std::string& column) {
  const bool is_title = column.find_first_of(" ([") != std::string::npos;
  return is_title ? plain_column_name(column) : lower(column);
}

std::string units_of(Quantity quantity) {
  std::vector<std::string> names;
  for (const Unit& unit : kUnits) {
    if (unit.quantity == quantity && (names.empty() || names.back() != unit.name)) {
      names.emplace_back(unit.name);
    }
  }
  return names.empty() ? "none: a count" : join_names(names);
}

// The unit that a column's name ends in: "gpu_mhz", "GPU Clock (MHz)".
const Unit* unit_of_name(const std::string& column, Quantity quantity) {
  const std::string name = named(column);
  for (const Unit& unit : kUnits) {
    if (unit.quantity == quantity && name.ends_with(unit.suffix)) return &unit;
  }
  return nullptr;
}

void set_unit(ColumnChoice& choice, Quantity quantity) {
  const Unit* unit = unit_of_name(choice.column, quantity);
  for (const Unit& si : kUnits) {
    if (unit == nullptr && si.quantity == quantity && si.factor == 1.0) unit = &si;
  }
  if (unit == nullptr) return;  // a count
  choice.unit = unit->name;
  choice.factor = unit->factor;
}

std::optional<ColumnChoice> recognise(const std::string& column) {
  const std::string name = named(column);
  for (const Role& role : roles()) {
    ColumnChoice choice{role.role, column, "", 1.0, false};
    set_unit(choice, role.quantity);
    const Unit* unit = unit_of_name(column, role.quantity);
    const std::string stem =
        unit == nullptr ? name : name.substr(0, name.size() - std::string(unit->suffix).size());
    for (const std::string_view known : role.stems) {
      if (known == stem || known == name) return choice;
    }
  }
  return std::nullopt;
}

bool matches(const CsvTable& table, const TextRow& row, std::size_t column,
             const RowFilter& filter) {
  const std::string& cell = row.cells[column];
  if (filter.op == "=") return cell == filter.value;
  if (filter.op == "!=") return cell != filter.value;
  if (cell.empty()) return false;
  const double value = table.number(row, column);
  const double limit = std::stod(filter.value);
  if (filter.op == "<") return value < limit;
  if (filter.op == "<=") return value <= limit;
  if (filter.op == ">") return value > limit;
  return value >= limit;
}

}  // namespace

const char* to_string(ColumnRole role) { return role_of(role).name; }

ColumnChoice parse_column(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || equals + 1 == text.size()) {
    throw std::invalid_argument(
        fmt::format("--column {}: expected ROLE=COLUMN[:UNIT], as in cpu=cpu_khz:kHz", text));
  }
  const std::string name(text.substr(0, equals));
  std::string_view rest = text.substr(equals + 1);
  const auto role = std::find_if(roles().begin(), roles().end(),
                                 [&](const Role& entry) { return entry.name == name; });
  if (role == roles().end()) {
    std::vector<std::string> known;
    for (const Role& entry : roles()) known.emplace_back(entry.name);
    throw std::invalid_argument(
        fmt::format("--column {}: {}", text, unknown_name("role", name, known)));
  }
  ColumnChoice choice{role->role, std::string(rest), "", 1.0, true};
  const auto colon = rest.rfind(':');
  if (colon == std::string_view::npos) {
    set_unit(choice, role->quantity);
    return choice;
  }
  choice.column = rest.substr(0, colon);
  choice.unit = rest.substr(colon + 1);
  for (const Unit& unit : kUnits) {
    if (unit.quantity == role->quantity && choice.unit == unit.name) {
      choice.factor = unit.factor;
      return choice;
    }
  }
  throw std::invalid_argument(fmt::format("--column {}: no unit \"{}\" for {} (allowed: {})", text,
                                          choice.unit, name, units_of(role->quantity)));
}

std::vector<ColumnChoice> choose_columns(const CsvTable& table,
                                         std::span<const ColumnChoice> told) {
  std::vector<ColumnChoice> chosen(told.begin(), told.end());
  for (const ColumnChoice& choice : chosen) {
    if (table.find(choice.column)) continue;
    throw DataError(fmt::format("{}:{}: {}", table.file.string(), table.header_line,
                                unknown_name("column", choice.column, table.columns)));
  }
  for (const std::string& column : table.columns) {
    const std::optional<ColumnChoice> known = recognise(column);
    if (!known || find_role(chosen, known->role)) continue;
    const bool is_taken = std::any_of(chosen.begin(), chosen.end(), [&](const ColumnChoice& other) {
      return other.column == column;
    });
    if (!is_taken) chosen.push_back(*known);
  }
  return chosen;
}

std::optional<ColumnChoice> find_role(std::span<const ColumnChoice> columns, ColumnRole role) {
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const ColumnChoice& choice) { return choice.role == role; });
  if (found == columns.end()) return std::nullopt;
  return *found;
}

RowFilter parse_filter(std::string_view text) {
  const auto begin = text.find_first_of("!<>=");
  if (begin == std::string_view::npos || begin == 0) {
    throw std::invalid_argument(fmt::format(
        "--where {}: expected COLUMN=VALUE, or another of != < <= > >= in place of =", text));
  }
  const bool is_double = begin + 1 < text.size() && text[begin + 1] == '=';
  RowFilter filter;
  filter.column = text.substr(0, begin);
  filter.op = text.substr(begin, is_double ? 2 : 1);
  filter.value = text.substr(begin + filter.op.size());
  if (filter.op == "==") filter.op = "=";
  const bool is_order = filter.op != "=" && filter.op != "!=";
  char* end = nullptr;
  const std::string& value = filter.value;
  if (filter.op == "!" ||
      (is_order && (value.empty() || (std::strtod(value.c_str(), &end), *end != '\0')))) {
    throw std::invalid_argument(
        fmt::format("--where {}: a number is needed after {}", text, filter.op));
  }
  return filter;
}

std::vector<std::string> values_of(std::span<const TextRow> rows, std::size_t column) {
  std::vector<std::string> values;
  std::set<std::string_view> seen;
  for (const TextRow& row : rows) {
    if (seen.insert(row.cells[column]).second) values.push_back(row.cells[column]);
  }
  return values;
}

std::vector<TextRow> filtered(const CsvTable& table, std::span<const RowFilter> filters) {
  std::vector<TextRow> rows = table.rows;
  for (const RowFilter& filter : filters) {
    const std::optional<std::size_t> column = table.find(filter.column);
    if (!column) {
      throw DataError(fmt::format("{}:{}: --where: {}", table.file.string(), table.header_line,
                                  unknown_name("column", filter.column, table.columns)));
    }
    std::erase_if(rows, [&](const TextRow& row) { return !matches(table, row, *column, filter); });
    if (rows.empty()) {
      const std::vector<std::string> values = values_of(table.rows, *column);
      throw DataError(fmt::format("{}: no row has {}{}{}{} (there are: {})", table.file.string(),
                                  filter.column, filter.op, filter.value,
                                  did_you_mean(filter.value, values),
                                  excerpt(join_names(values), kValuesBytes)));
    }
  }
  return rows;
}

}  // namespace flyball
