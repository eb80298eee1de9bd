#include "env/csv/csv_header.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "env/logs/log_error.h"
#include "tests/support/error_text.h"

using namespace flyball;

namespace {

CsvHeader sample_header(bool decimal_comma = false) {
  CsvHeader header;
  header.file = "sweep.csv";
  header.dialect = {';', decimal_comma};
  header.header_line = 2;
  header.columns = {"name", "hertz", "name", ""};
  return header;
}

// A row whose cell number i begins at line 5, column 10 i + 1.
CsvRow row_of(const std::vector<std::string>& cells) {
  CsvRow row;
  row.line = 4;
  row.cells = cells;
  for (std::size_t i = 0; i < cells.size(); ++i) row.positions.push_back({5, 10 * i + 1});
  return row;
}

double number(const std::string& cell, bool decimal_comma = false) {
  return sample_header(decimal_comma).number(row_of({"a", cell, "b", "c"}), 1);
}

std::string complaint(const std::string& cell, bool decimal_comma = false) {
  return error_text([&] { number(cell, decimal_comma); });
}

}  // namespace

TEST_CASE("a column is found by its whole name, in its own letters") {
  const CsvHeader header = sample_header();
  CHECK(header.find("hertz") == 1);
  CHECK(header.find("") == 3);
  CHECK_FALSE(header.find("Hertz").has_value());
  CHECK_FALSE(header.find("her").has_value());
  CHECK_FALSE(CsvHeader().find("hertz").has_value());
}

TEST_CASE("a name that two columns have is refused at the header's line") {
  CHECK(error_text([] { (void)sample_header().find("name"); }) ==
        "sweep.csv:2:1: two columns are named \"name\"");
  CHECK_THROWS_AS((void)sample_header().find("name"), LogError);
}

TEST_CASE("a cell's number is read as the file's dialect writes it") {
  CHECK(number("3000.5") == 3000.5);
  CHECK(number("-1e3") == -1000.0);
  CHECK(number("+2") == 2.0);
  CHECK(number("3000,5", true) == 3000.5);
  CHECK(number("7", true) == 7.0);
}

TEST_CASE("a cell that is no finite number is refused with its place and what it holds") {
  const std::string at = "sweep.csv:5:11: hertz: ";
  CHECK(complaint("fast") == at + "'fast': expected a number");
  CHECK(complaint("") == at + "'': expected a number");
  CHECK(complaint("3000,5") == at + "'3000,5': expected a number");
  CHECK(complaint("1 ") == at + "'1 ': expected a number");
  CHECK(complaint("inf") == at + "'inf': expected a finite number");
  CHECK(complaint("nan") == at + "'nan': expected a finite number");
  CHECK(complaint("3.5", true) ==
        at + "'3.5': expected a number with a decimal comma, as the file's others have");
  CHECK(complaint("fast", true) == at + "'fast': expected a number");
}

TEST_CASE("what is expected of a cell is said with file, line, column and name") {
  const CsvHeader header = sample_header();
  const CsvRow row = row_of({"a", "b", "c", "d"});
  CHECK(error_text([&] { header.fail(row, 0, "more than 0"); }) ==
        "sweep.csv:5:1: name: 'a': expected more than 0");
  try {
    header.fail(row, 2, "x");
  } catch (const LogError& error) {
    CHECK(error.line() == 5);
    CHECK(error.column() == 21);
  }
}

TEST_CASE("a message holds no more than an excerpt of a cell") {
  CHECK(complaint(std::string(5000, 'y')).size() < 150);
  CHECK(complaint("\x1b[2J").find('\x1b') == std::string::npos);
}

TEST_CASE("a column that the row does not have is no cell of another") {
  CHECK_THROWS_AS((void)sample_header().number(row_of({"1"}), 1), std::out_of_range);
}
