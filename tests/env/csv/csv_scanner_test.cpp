#include "env/csv/csv_scanner.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace flyball;

namespace {

using Cells = std::vector<std::string>;

std::vector<CsvRow> rows_of(std::string_view text, char delimiter = ',') {
  CsvScanner scanner(text, delimiter);
  std::vector<CsvRow> rows;
  for (CsvRow row; scanner.next(row);) rows.push_back(row);
  CHECK_FALSE(scanner.fault().has_value());
  return rows;
}

CsvRow row_of(std::string_view text, char delimiter = ',') {
  const std::vector<CsvRow> rows = rows_of(text, delimiter);
  REQUIRE(rows.size() == 1);
  return rows[0];
}

// "LINE:COLUMN: message" of what stops the scanner.
std::string fault_of(std::string_view text, char delimiter = ',') {
  CsvScanner scanner(text, delimiter);
  CsvRow row;
  while (scanner.next(row)) {
  }
  CHECK_FALSE(scanner.next(row));
  if (!scanner.fault()) return "none";
  return std::to_string(scanner.fault()->position.line) + ":" +
         std::to_string(scanner.fault()->position.column) + ": " + scanner.fault()->message;
}

}  // namespace

TEST_CASE("a text without rows has none, and no fault") {
  for (const char* text : {"", "\n", "\r\n\r\n", "   ", "# a, b", "#\n\n  # c\n\t\n"}) {
    CAPTURE(text);
    CHECK(rows_of(text).empty());
  }
}

TEST_CASE("rows are numbered by their line, over comments and empty lines") {
  const auto rows = rows_of("# one\na,b\n\n  # four\r\n1,2\r\n");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].line == 2);
  CHECK(rows[1].line == 5);
  CHECK(rows[1].cells == Cells{"1", "2"});
}

TEST_CASE("cells lose the spaces around them, and keep those within") {
  const CsvRow row = row_of("  a b ,\tc\t,  , d \r\n");
  CHECK(row.cells == Cells{"a b", "c", "", "d"});
  CHECK(row.positions[0].column == 3);
  CHECK(row.positions[1].column == 9);
  CHECK(row.positions[3].column == 16);
}

TEST_CASE("a delimiter at either end makes an empty cell there") {
  CHECK(row_of(",a,\n").cells == Cells{"", "a", ""});
  CHECK(row_of("a,").cells == Cells{"a", ""});
  CHECK(row_of(",").cells == Cells{"", ""});
}

TEST_CASE("a space and a tab are kept as delimiters and never skipped") {
  CHECK(row_of("a  b", ' ').cells == Cells{"a", "", "b"});
  CHECK(row_of("a\t\tb ", '\t').cells == Cells{"a", "", "b"});
  CHECK(row_of(" a;b", ';').cells == Cells{"a", "b"});
}

TEST_CASE("a sign of comments within a row is a character") {
  CHECK(row_of("1,#2\n").cells == Cells{"1", "#2"});
  CHECK(row_of("\"#1\",2\n").cells == Cells{"#1", "2"});
}

TEST_CASE("a quoted cell keeps spaces, delimiters, quotes and line ends") {
  CHECK(row_of("\" a, \"\"b\"\" \" ,c").cells == Cells{" a, \"b\" ", "c"});
  CHECK(row_of("\"\",\"\"\"\"").cells == Cells{"", "\""});
  const auto rows = rows_of("x,\"1\n\n2\" , y\nz\n");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].cells == Cells{"x", "1\n\n2", "y"});
  CHECK(rows[0].line == 1);
  CHECK(rows[0].positions[1].line == 1);
  CHECK(rows[0].positions[2].line == 3);
  CHECK(rows[0].positions[2].column == 6);
  CHECK(rows[1].line == 4);
}

TEST_CASE("a row says whether a line end follows it") {
  CHECK(row_of("a,b\n").has_end);
  CHECK_FALSE(row_of("a,b").has_end);
  CHECK_FALSE(row_of("a,\"b\"").has_end);
  CHECK_FALSE(row_of("a,").has_end);
  const auto rows = rows_of("a\nb");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].has_end);
  CHECK_FALSE(rows[1].has_end);
}

TEST_CASE("a quote without an end is a fault where it begins") {
  CHECK(fault_of("a,\"b\nc,d\n") == "1:3: a quoted cell has no end");
  CHECK(fault_of("a\n\"") == "2:1: a quoted cell has no end");
  CHECK(fault_of("\"a\"\"") == "1:1: a quoted cell has no end");
}

TEST_CASE("text behind a quoted cell is a fault where it stands, and names the delimiter") {
  CHECK(fault_of("\"a\"b,c") == "1:4: expected ',' after a quoted cell");
  CHECK(fault_of("x\ny;\"a\" b", ';') == "2:7: expected ';' after a quoted cell");
  CHECK(fault_of("\"a\"b", '\t') == "1:4: expected a tab after a quoted cell");
  CHECK(fault_of("\"1\n2\"b") == "2:3: expected ',' after a quoted cell");
}

TEST_CASE("nothing is read behind a fault") {
  CsvScanner scanner("\"a\"b\nc\n", ',');
  CsvRow row;
  CHECK_FALSE(scanner.next(row));
  CHECK_FALSE(scanner.next(row));
  CHECK(scanner.fault()->position.line == 1);
}

TEST_CASE("a row is filled anew, whatever was in it") {
  CsvScanner scanner("\"long\nlonger\",2,3\nx\n", ',');
  CsvRow row;
  row.has_end = false;
  row.cells = {"old", "old", "old", "old"};
  REQUIRE(scanner.next(row));
  CHECK(row.cells == Cells{"long\nlonger", "2", "3"});
  CHECK(row.has_end);
  REQUIRE(scanner.next(row));
  CHECK(row.cells == Cells{"x"});
  REQUIRE(row.positions.size() == 1);
  CHECK(row.positions[0].line == 3);
  CHECK(row.positions[0].column == 1);
}

TEST_CASE("bytes of no text are cells like others") {
  const std::string text("a\0b,\xff\n", 6);
  CHECK(row_of(text).cells == Cells{std::string("a\0b", 3), "\xff"});
}
