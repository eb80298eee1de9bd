#include "env/csv/csv_row.h"

#include <doctest/doctest.h>

#include "env/csv/csv_reader.h"

using namespace flyball;

TEST_CASE("a position that nobody set is the file's beginning, counted from 1") {
  const CsvRow::Position position;
  CHECK(position.line == 1);
  CHECK(position.column == 1);
}

TEST_CASE("a row that was not read is of no line, empty and whole") {
  const CsvRow row;
  CHECK(row.line == 0);
  CHECK(row.cells.empty());
  CHECK(row.positions.empty());
  CHECK(row.has_end);
}

TEST_CASE("every cell of a row has its position, and a copy has them all") {
  CsvReader reader("x.csv", "a,b,c\n\"1\n2\",3,\n");
  CsvRow row;
  REQUIRE(reader.next(row));
  const CsvRow copy = row;
  reader.next(row);
  REQUIRE(copy.positions.size() == copy.cells.size());
  CHECK(copy.line == 2);
  CHECK(copy.positions[0].line == 2);
  CHECK(copy.positions[1].line == 3);
  CHECK(copy.positions[1].column == 4);
  CHECK(copy.positions[2].column == 6);
}
