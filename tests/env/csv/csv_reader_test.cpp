#include "env/csv/csv_reader.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <system_error>
#include <vector>

#include "env/logs/log_error.h"
#include "tests/support/temporary_file.h"

using namespace flyball;

namespace {

using Cells = std::vector<std::string>;

CsvFile table_of(const std::string& text) { return read_csv_file(TemporaryFile(text).path()); }

std::string complaint(const std::string& text) {
  const TemporaryFile file(text);
  try {
    read_csv_file(file.path());
  } catch (const LogError& error) {
    return std::string(error.what()).substr(file.path().size() + 1);
  }
  return "nothing";
}

// "number" of the cell in the first row's `column`.
std::string number_complaint(const std::string& text, std::size_t column) {
  const CsvFile table = table_of(text);
  try {
    table.number(table.rows.front(), column);
  } catch (const LogError& error) {
    return std::string(error.what()).substr(table.file.size() + 1);
  }
  return "nothing";
}

}  // namespace

TEST_CASE("a CSV file is columns and rows of cells, each with its place") {
  const CsvFile table = table_of("# a comment\na, b ,c\n\n1,2 ,3\n4,,6\n");
  CHECK(table.header_line == 2);
  CHECK(table.columns == Cells{"a", "b", "c"});
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0].line == 4);
  CHECK(table.rows[0].cells == Cells{"1", "2", "3"});
  CHECK(table.rows[1].cells == Cells{"4", "", "6"});
  CHECK(table.rows[1].positions[2].column == 4);
  CHECK(table.find("c") == 2);
  CHECK_FALSE(table.find("d").has_value());
  CHECK(table.number(table.rows[1], 2) == 6.0);
}

TEST_CASE("a quoted cell holds delimiters, doubled quotes and line ends") {
  const CsvFile table =
      table_of("name,\"the \"\"value\"\"\"\n\"warm, \"\"hot\"\"\",1\n\"two\nlines\" , 2\nx,\"\"\n");
  CHECK(table.columns == Cells{"name", "the \"value\""});
  REQUIRE(table.rows.size() == 3);
  CHECK(table.rows[0].cells == Cells{"warm, \"hot\"", "1"});
  CHECK(table.rows[1].cells == Cells{"two\nlines", "2"});
  CHECK(table.rows[1].line == 3);
  CHECK(table.rows[1].positions[1].line == 4);
  CHECK(table.rows[1].positions[1].column == 10);
  CHECK(table.rows[2].line == 5);
  CHECK(table.rows[2].cells == Cells{"x", ""});
}

TEST_CASE("a quote within a cell is a character") {
  CHECK(table_of("a,b\n5\" pipe,1\n").rows[0].cells == Cells{"5\" pipe", "1"});
}

TEST_CASE("semicolons and tabs are told from the text, and so is the decimal comma") {
  const CsvFile german = table_of("freq_mhz;latency, ms\n306;3000,5\n408;-1,5e2\n510;7\n");
  CHECK(german.dialect.delimiter == ';');
  CHECK(german.dialect.decimal_comma);
  CHECK(german.columns == Cells{"freq_mhz", "latency, ms"});
  CHECK(german.number(german.rows[0], 1) == 3000.5);
  CHECK(german.number(german.rows[1], 1) == -150.0);
  CHECK(german.number(german.rows[2], 1) == 7.0);

  const CsvFile tabs = table_of("a\tb\n1.5\t\n\t+2\n");
  CHECK(tabs.dialect.delimiter == '\t');
  CHECK(tabs.rows[0].cells == Cells{"1.5", ""});
  CHECK(tabs.number(tabs.rows[1], 1) == 2.0);

  const CsvFile names = table_of("Latency, ms;Power, W\n3,5;4,5\n2,5;4,0\n");
  CHECK(names.columns == Cells{"Latency, ms", "Power, W"});

  const CsvFile commas = table_of("a,note\n1,x; y\n2,z; w\n");
  CHECK(commas.columns == Cells{"a", "note"});
  CHECK_FALSE(commas.dialect.decimal_comma);

  const CsvFile lists = table_of("cpus;seconds\n0,3;10.5\n4,5;11.25\n0;12.5\n");
  CHECK(lists.number(lists.rows[0], 1) == 10.5);
}

TEST_CASE("a spreadsheet's line with the separator is heeded") {
  const CsvFile table = table_of("sep=;\r\na;b\r\n1;2\r\n");
  CHECK(table.header_line == 2);
  CHECK(table.columns == Cells{"a", "b"});
  CHECK(table.rows[0].cells == Cells{"1", "2"});
}

TEST_CASE("a byte order mark and carriage returns vanish") {
  const CsvFile table = table_of("\xEF\xBB\xBF\"a\",b\r\n1,2\r\n");
  CHECK(table.columns == Cells{"a", "b"});
  CHECK(table.rows[0].cells == Cells{"1", "2"});
}

TEST_CASE("what is no number is refused, with its place and what it says") {
  CHECK(number_complaint("a,b\n1,fast\n", 1) == "2:3: b: 'fast': expected a number");
  CHECK(number_complaint("a,b\n1,\n", 1) == "2:3: b: '': expected a number");
  CHECK(number_complaint("a,b\n1,12 ms\n", 1) == "2:3: b: '12 ms': expected a number");
  CHECK(number_complaint("a,b\n1,inf\n", 1) == "2:3: b: 'inf': expected a finite number");
  CHECK(number_complaint("a,b\n1,1e999\n", 1) == "2:3: b: '1e999': expected a number");
  CHECK(number_complaint("a,b\n1,+-2\n", 1) == "2:3: b: '+-2': expected a number");
  CHECK(number_complaint("a;b\n1.234;2,5\n2;7,5\n", 0) ==
        "2:1: a: '1.234': expected a number with a decimal comma, as the file's others have");
  CHECK(number_complaint("a;b\n1.234,5;2\n2;7\n", 0) == "2:1: a: '1.234,5': expected a number");
}

TEST_CASE("malformed files are refused with line and column") {
  CHECK(complaint("1,2\n3,4\n").starts_with("1:1: 1: the first row holds numbers"));
  CHECK(complaint("\x1f\x8b\x08zip").starts_with("1:1: this is compressed with gzip"));
  CHECK(complaint(std::string("a\0,\0b\0", 6)) == "1:1: this is UTF-16: save it as UTF-8");
  CHECK(complaint("") == "1:1: empty: expected a row with the columns' names");
  CHECK(complaint("\n# nothing\n") == "1:1: empty: expected a row with the columns' names");
  CHECK(complaint("a,b\n") == "1:1: a header and no rows");
  CHECK(complaint("a,b,a\n1,2,3\n") == "1:1: two columns are named \"a\"");
  CHECK(complaint("a,b\n1,2,3\n") == "2:5: 3 cells, the header has 2");
  CHECK(complaint("a,b\n1\n2,3\n") == "2:1: 1 cells, the header has 2");
  CHECK(complaint("a,b\n1,\"2\n3,4\n") == "2:3: a quoted cell has no end");
  CHECK(complaint("a,b\n\"1\"2,3\n") == "2:4: expected ',' after a quoted cell");
  CHECK(complaint("a,b\n1,2\n3") == "3:1: the last line is cut: remove it");
  CHECK(complaint(std::string("a,b\n1,\0\n", 8)) ==
        "2:1: this line is not text: is the file damaged, or binary?");
  CHECK(complaint(std::string("\xFF\xFE\x61\x00", 4)) == "1:1: this is UTF-16: save it as UTF-8");
  CHECK_THROWS_AS(CsvReader("/nonexistent"), std::system_error);
  CHECK_THROWS_AS(CsvReader("/"), std::exception);
}

TEST_CASE("empty cells beyond the header are dropped") {
  CHECK(table_of("a,b\n1,2,,\n").rows[0].cells == Cells{"1", "2"});
}

TEST_CASE("bars and single spaces cut rows, and an empty name at the header's end is none") {
  CHECK(table_of("a|b\n1|2\n").columns == Cells{"a", "b"});
  CHECK(table_of("a b\n1 2\n").rows[0].cells == Cells{"1", "2"});
  CHECK(table_of("start time,b\n2021-01-27 00:03:20,2\n").columns == Cells{"start time", "b"});
  CHECK(table_of("a,b,\n1,2\n3,4,\n").rows[1].cells == Cells{"3", "4"});
}

TEST_CASE("cells that say there is no value are told from text") {
  for (const char* cell : {"", "nan", "NaN", "N/A", "None", "NULL", "-"})
    CHECK(is_absent_cell(cell));
  for (const char* cell : {"0", "-1", "nano", "off"}) CHECK_FALSE(is_absent_cell(cell));
}

TEST_CASE("a last line that was cut is left out and told by the streaming reader") {
  CsvReader reader("x.csv", "a,b\n1,2\n3");
  CsvRow row;
  CHECK(reader.next(row));
  CHECK(row.has_end);
  CHECK_FALSE(reader.next(row));
  CHECK(reader.cut_line() == 3);
  CsvReader whole("x.csv", "a,b\n1,2");
  CHECK(whole.next(row));
  CHECK_FALSE(row.has_end);
  CHECK_FALSE(whole.next(row));
  CHECK_FALSE(whole.cut_line().has_value());
}

TEST_CASE("a row's storage is reused, and shorter rows leave nothing behind") {
  CsvReader reader("x.csv", "a,b\nlong enough to be on the heap,\"q\"\nx,\n");
  CsvRow row;
  CHECK(reader.next(row));
  CHECK(reader.next(row));
  CHECK(row.cells == Cells{"x", ""});
}

TEST_CASE("a long foreign text appears in no message") {
  const std::string message =
      complaint(std::string(5000, 'x') + ",b," + std::string(5000, 'x') + "\n1,2,3\n");
  CHECK(message.size() < 120);
  CHECK(number_complaint("a,b\n1," + std::string(5000, 'y') + "\n", 1).size() < 120);
}

TEST_CASE("no mutation of a CSV file crashes the reader") {
  std::mt19937_64 random(1);
  const std::string good = "a;\"b \"\"c\"\"\";d\n1,5;\"x;y\";\n2,5;\"\";3\n#c\n4;5;6\n";
  int read = 0;
  for (int i = 0; i < 3000; ++i) {
    try {
      CsvReader reader("x.csv", mutated(good, random));
      for (CsvRow row; reader.next(row);) ++read;
    } catch (const LogError&) {
    }
  }
  CHECK(read > 1000);
}

TEST_CASE("a point that may be one of thousands is refused, one that cannot be is read") {
  CHECK_THROWS_WITH_AS(
      parse_csv_file("f.csv", "start;latency_ms\n1;869\n2;1.020\n"),
      doctest::Contains("f.csv:3:3: latency_ms: '1.020': expected numbers that can be read in one"),
      LogError);
  for (const char* text : {"a;b\n1;869\n2;1.5\n", "a;b\n1;0.869\n2;3\n", "a;b\n1;1.020\n2;2.125\n",
                           "a,b\n1,869\n2,1.020\n", "a;b\n1;869\n2;1.020\n3;12.5\n"}) {
    CAPTURE(text);
    CHECK_NOTHROW(parse_csv_file("f.csv", text));
  }
}
