#include "tools/reports/report_table.h"

#include <doctest/doctest.h>

using namespace flyball;

TEST_CASE("a table is aligned, and a long name has a line of its own") {
  ReportTable table;
  table.header = {"governor", "W"};
  table.rows = {{"stock", "10.5"}, {"fixed:cpu=1.2GHz,gpu=614.4MHz", "9"}};
  table.notes = {"a note"};
  CHECK(to_text(table) ==
        "governor    W\n"
        "stock    10.5\n"
        "fixed:cpu=1.2GHz,gpu=614.4MHz\n"
        "            9\n"
        "a note\n");
}

TEST_CASE("a bar in a cell does not end it in Markdown") {
  ReportTable table{"What", {"name", "W"}, {{"a|b", "1"}}, {}};
  CHECK(to_markdown(table) == "What\n\n| name | W |\n|---|---:|\n| a\\|b | 1 |\n");
}

TEST_CASE("cells of CSV are quoted where they must be") {
  CHECK(csv_line({"a", "b,c", "say \"x\"", ""}) == "a,\"b,c\",\"say \"\"x\"\"\",\n");
}
