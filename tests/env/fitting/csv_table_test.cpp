#include "env/fitting/csv_table.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "env/errors.h"
#include "tests/support/error_text.h"
#include "tests/support/temporary_file.h"

using namespace flyball;

namespace {

using Cells = std::vector<std::string>;

CsvTable table_of(const std::string& text) { return read_csv_table(TemporaryFile(text).path()); }

// What reading `text` complains of, without the file's name.
std::string complaint(const std::string& text) {
  const TemporaryFile file(text);
  const std::string error = error_text([&] { read_csv_table(file.path()); });
  return error.starts_with(file.path() + ":") ? error.substr(file.path().size() + 1) : error;
}

// What is said of the second cell of the first row.
std::string number_complaint(const std::string& cell) {
  const CsvTable table = table_of("name,ms\na,\"" + cell + "\"\n");
  const std::string error = error_text([&] { (void)table.number(table.rows.at(0), 1); });
  REQUIRE(error.starts_with(table.file.string() + ":"));
  return error.substr(table.file.string().size() + 1);
}

}  // namespace

TEST_CASE("a table is columns and rows of text, of the file that it came from") {
  const TemporaryFile file("# a sweep\ncpu mhz,time_ms\n1190,3.5\n1479,\n");
  const CsvTable table = read_csv_table(file.path());
  CHECK(table.file == file.path());
  CHECK(table.header_line == 2);
  CHECK(table.columns == Cells{"cpu mhz", "time_ms"});
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[1].line == 4);
  CHECK(table.rows[1].cells == Cells{"1479", ""});
  CHECK(table.number(table.rows[0], 1) == 3.5);
}

TEST_CASE("a column is found by its whole name") {
  const CsvTable table = table_of("a,b\n1,2\n");
  CHECK(table.find("b") == 1);
  CHECK_FALSE(table.find("B").has_value());
  CHECK_FALSE(table.find("").has_value());
}

TEST_CASE("numbers are read as the file's dialect writes them") {
  const CsvTable german = table_of("mhz;ms\n306;3000,5\n408;1,5\n");
  CHECK(german.dialect.decimal_comma);
  CHECK(german.number(german.rows[0], 1) == 3000.5);
}

TEST_CASE("rows may be objects of JSON") {
  const CsvTable table = table_of("{\"mhz\": 306, \"ms\": 3.5}\n{\"mhz\": 408, \"ms\": 2.5}\n");
  REQUIRE(table.rows.size() == 2);
  CHECK(table.number(table.rows[1], table.find("ms").value()) == 2.5);
}

TEST_CASE("where a cell is, is said with file, line and column") {
  const CsvTable table = table_of("a,b\n1,2\n3,4\n");
  CHECK(table.where(table.rows[1], 1) == table.file.string() + ":3: column b: ");
}

TEST_CASE("a cell that is no measurement is refused with what it holds") {
  CHECK(number_complaint("") == "2: column ms: the cell is empty");
  CHECK(number_complaint("fast") == "2: column ms: \"fast\" is not a number");
  CHECK(number_complaint("1 ms") == "2: column ms: \"1 ms\" is not a number");
  const std::string failed = " is not a measurement; leave rows that failed out of the file";
  CHECK(number_complaint("nan") == "2: column ms: \"nan\"" + failed);
  CHECK(number_complaint("-inf") == "2: column ms: \"-inf\"" + failed);
}

TEST_CASE("a message holds no more than an excerpt of a cell or a name") {
  CHECK(number_complaint(std::string(5000, 'y')).size() < 150);
  const CsvTable table = table_of("a,\"" + std::string(5000, 'x') + "\"\n1,2\n");
  CHECK(table.where(table.rows[0], 1).size() < table.file.string().size() + 100);
}

TEST_CASE("a file that is no whole table is refused with its line") {
  CHECK(complaint("") == "1:1: empty: expected a row with the columns' names");
  CHECK(complaint("a,b\n") == "1:1: a header and no rows");
  CHECK(complaint("a,b,a\n1,2,3\n") == "1:1: two columns are named \"a\"");
  CHECK(complaint("a,b\n1,2\n1,2,3\n") == "3:5: 3 cells, the header has 2");
  CHECK(complaint("a,b\n1,2\n3") == "3:1: the last line is cut: remove it");
  CHECK(complaint("a,b\n1,\"2\n") == "2:3: a quoted cell has no end");
  CHECK(complaint("{\"a\":1}\nx") == "2:1: JSON: expected '{'");
}

TEST_CASE("all that can be wrong with a file is an error of the data") {
  for (const char* text : {"", "a,a\n1,2\n", "{\"a\":"}) {
    const TemporaryFile file(text);
    CHECK_THROWS_AS(read_csv_table(file.path()), DataError);
  }
  CHECK_THROWS_AS(read_csv_table("/nonexistent/sweep.csv"), DataError);
  CHECK(error_text([] {
          read_csv_table("/nonexistent/sweep.csv");
        }).find("/nonexistent/sweep.csv") != std::string::npos);
}
