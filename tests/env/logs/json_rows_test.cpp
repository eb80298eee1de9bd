#include "env/logs/json_rows.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "env/logs/column_name.h"
#include "env/logs/log_error.h"

using namespace flyball;

TEST_CASE("objects of lines or of an array are rows, their keys columns") {
  for (const std::string text : {"{\"a\": 1, \"b\": \"x\"}\n{\"c\": 2.5, \"a\": null}\n",
                                 "[{\"a\": 1, \"b\": \"x\"}, {\"c\": 2.5, \"a\": null}]"}) {
    CAPTURE(text);
    REQUIRE(is_json(text));
    const CsvFile file = read_json_rows("log.json", text);
    CHECK(file.columns == std::vector<std::string>{"a", "b", "c"});
    REQUIRE(file.rows.size() == 2);
    CHECK(file.rows[0].cells == std::vector<std::string>{"1", "x", ""});
    CHECK(file.rows[1].cells == std::vector<std::string>{"", "", "2.5"});
  }
}

TEST_CASE("a column's plain name keeps words apart and units whole") {
  CHECK(plain_column_name("startTime") == "start_time");
  CHECK(plain_column_name("tStart") == "t_start");
  CHECK(plain_column_name("Power VDD_IN (mW)") == "power_vdd_in_mw");
  CHECK(plain_column_name("CPU Clock [kHz]") == "cpu_clock_khz");
}

TEST_CASE("nested values are passed over, up to a depth") {
  const CsvFile file = read_json_rows("log.json", R"({"a": {"b": [1, "}"]}, "c": 3})");
  CHECK(file.rows[0].cells == std::vector<std::string>{"", "3"});
  const std::string deep = "{\"a\": " + std::string(100'000, '[');
  CHECK_THROWS_WITH_AS(read_json_rows("log.json", deep), doctest::Contains("nested"), LogError);
}

TEST_CASE("a last object that was cut is left out, an error is told with its place") {
  CHECK(read_json_rows("log.json", "{\"a\": 1}\n{\"a\": 2").rows.size() == 1);
  CHECK_THROWS_WITH_AS(read_json_rows("log.json", "{\"a\": 1}\n{\"a\" 2}\n"),
                       doctest::Contains("log.json:2:6: JSON: expected ':'"), LogError);
  CHECK_FALSE(is_json("arrival,completion\n"));
  CHECK_FALSE(is_json("[12:30:01] RAM 1/2MB"));
}

TEST_CASE("columns are known under one name however they are written") {
  for (const char* name :
       {"Start Time (ms)", "startTime-ms", "start_time_ms", "  START time ms "}) {
    CHECK(plain_column_name(name) == "start_time_ms");
  }
  CHECK(plain_column_name("").empty());
}
