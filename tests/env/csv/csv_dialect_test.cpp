#include "env/csv/csv_dialect.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

using namespace flyball;

TEST_CASE("the delimiter is the one that cuts every row alike") {
  CHECK(detect_dialect("a,b\n1,2\n").delimiter == ',');
  CHECK(detect_dialect("a;b\n1;2\n").delimiter == ';');
  CHECK(detect_dialect("a\tb\n1\t2\n").delimiter == '\t');
  CHECK(detect_dialect("a|b|c\n1|2|3\n").delimiter == '|');
  CHECK(detect_dialect("sep=;\na;b,c\n1;2\n").delimiter == ';');
}

TEST_CASE("commas in numbers are decimal where another delimiter cuts the cells") {
  const CsvDialect spreadsheet = detect_dialect("hz;watts\n1000;3,5\n2000;4,25\n");
  CHECK(spreadsheet.delimiter == ';');
  CHECK(spreadsheet.decimal_comma);
  CHECK(*csv_number("3,5", spreadsheet) == 3.5);
  CHECK(!csv_number("3.5", spreadsheet));
  CHECK(!detect_dialect("hz;watts\n1000;3.5\n").decimal_comma);
}

TEST_CASE("a number is the whole cell") {
  const CsvDialect plain;
  CHECK(*csv_number("1e9", plain) == 1e9);
  CHECK(*csv_number("+7", plain) == 7.0);
  CHECK(*csv_number("-0.5", plain) == -0.5);
  CHECK(std::isinf(*csv_number("inf", plain)));
  for (const char* cell : {"", "1 ", "1x", "0x10", "+-1", "--1", "1,5", "12 MHz"}) {
    CAPTURE(cell);
    CHECK(!csv_number(cell, plain));
  }
  CHECK(!csv_number(std::string(65, '1'), plain));
}

TEST_CASE("what programs write for no value is absent, zero is not") {
  for (const char* cell : {"", "NaN", "N/A", "[N/A]", "null", "None", "#N/A", "-"}) {
    CAPTURE(cell);
    CHECK(is_absent_cell(cell));
  }
  for (const char* cell : {"0", "-1", "no", " "}) {
    CAPTURE(cell);
    CHECK(!is_absent_cell(cell));
  }
}

TEST_CASE("spaces in dates separate nothing where something else does") {
  const std::string text = "start time,end time\n2021-01-27 00:03:35.1,2021-01-27 00:03:36.0\n";
  CHECK(detect_dialect(text).delimiter == ',');
  CHECK(detect_dialect("hz watts\n1000 3.5\n2000 4.25\n").delimiter == ' ');
}
