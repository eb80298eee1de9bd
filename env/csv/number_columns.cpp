#include "env/csv/number_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "env/csv/csv_reader.h"
#include "env/errors.h"
#include "env/excerpt.h"
#include "env/nearest_name.h"

namespace flyball {

namespace {

// Where the columns asked for are in the file.
std::vector<std::optional<std::size_t>> find_columns(const CsvHeader& header,
                                                     const std::vector<std::string>& wanted,
                                                     std::size_t required) {
  const auto fail = [&](const std::string& message) {
    throw DataError(fmt::format("{}:{}: {}", header.file, header.header_line, message));
  };
  for (const std::string& name : header.columns) {
    if (std::find(wanted.begin(), wanted.end(), name) != wanted.end()) continue;
    fail(fmt::format("unknown column \"{}\"{} (allowed: {})", excerpt(name),
                     did_you_mean(name, wanted), join_names(wanted)));
  }
  std::vector<std::optional<std::size_t>> columns;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    columns.push_back(header.find(wanted[i]));
    if (i < required && !columns.back()) fail(fmt::format("no column \"{}\"", wanted[i]));
  }
  return columns;
}

std::vector<NumberRow> read(const std::string& path, const std::vector<std::string>& wanted,
                            std::size_t required) {
  CsvReader reader(path);
  const CsvHeader& header = reader.header();
  const auto columns = find_columns(header, wanted, required);
  std::vector<NumberRow> rows;
  for (CsvRow cells; reader.next(cells);) {
    NumberRow& row = rows.emplace_back();
    row.line = cells.line;
    row.numbers.resize(columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const bool is_absent = !columns[i] || (i >= required && cells.cells[*columns[i]].empty());
      if (!is_absent) row.numbers[i] = header.number(cells, *columns[i]);
    }
  }
  if (const auto line = reader.cut_line()) {
    throw DataError(fmt::format("{}:{}: the last line is cut: remove it", path, *line));
  }
  return rows;
}

}  // namespace

std::vector<NumberRow> read_number_columns(const std::filesystem::path& path,
                                           const std::vector<std::string>& required,
                                           const std::vector<std::string>& optional) {
  std::vector<std::string> wanted = required;
  wanted.insert(wanted.end(), optional.begin(), optional.end());
  try {
    return read(path.string(), wanted, required.size());
  } catch (const DataError&) {
    throw;
  } catch (const std::exception& error) {
    throw DataError(error.what());
  }
}

}  // namespace flyball
