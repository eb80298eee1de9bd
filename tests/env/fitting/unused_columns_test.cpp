#include "env/fitting/unused_columns.h"

#include <doctest/doctest.h>

#include "tests/support/sample_sweep.h"

using namespace flyball;

namespace {

// Two GPU frequencies, each measured at the same two values of the second column.
std::vector<UnusedColumn> unused(const std::string& name, const std::vector<std::string>& cells) {
  CsvTable table;
  table.columns = {"gpu_mhz", name};
  const char* gpu[] = {"76.8", "76.8", "921.6", "921.6"};
  for (std::size_t i = 0; i < cells.size(); ++i) {
    TextRow& row = table.rows.emplace_back();
    row.cells = {gpu[i], cells[i]};
  }
  return unused_columns(table, table.rows, {{0}, {"gpu"}, {0, 0, 2, 2}}, sample_board().board);
}

bool is_setting(const std::string& name, const std::vector<std::string>& cells) {
  const std::vector<UnusedColumn> columns = unused(name, cells);
  REQUIRE(columns.size() == 1);
  return columns[0].is_setting;
}

}  // namespace

TEST_CASE("a column that does not vary is not named") {
  CHECK(unused("cores", {"4", "4", "4", "4"}).empty());
}

TEST_CASE("what every setting was swept over is a setting, whatever its name") {
  CHECK(is_setting("cores", {"1", "4", "1", "4"}));
  CHECK(is_setting("workload", {"a", "b", "a", "b"}));
}

TEST_CASE("readings and counts of repetitions are no settings") {
  CHECK_FALSE(is_setting("temp_c", {"41.5", "42", "50", "50.5"}));
  CHECK_FALSE(is_setting("run", {"1", "2", "1", "2"}));
  CHECK_FALSE(is_setting("Trial2", {"1", "2", "1", "2"}));
}

TEST_CASE("a number of CPUs is a setting, how many were busy is none") {
  const std::vector<std::string> cpus = {"4", "2", "4", "2"};
  CHECK(is_setting("cores_online", cpus));
  CHECK(unused("num_cpus", cpus)[0].advice == "one number of CPUs at a time, --where num_cpus=4");
  CHECK_FALSE(is_setting("cores_busy", {"1.5", "2", "0.7", "3.1"}));
}

TEST_CASE("frequencies of a knob without a column are told with their unit") {
  const auto columns = unused("x", {"102000", "710400", "1479000", "102000"});
  REQUIRE(columns.size() == 1);
  CHECK(columns[0].is_setting);
  CHECK(columns[0].advice == "--column cpu=x:kHz?");
  CHECK(is_setting("sm_clock", {"1", "2", "3", "3"}));  // of another chip, but a frequency
}

TEST_CASE("two rows differ in a column beyond a reading's noise only") {
  CsvTable table;
  table.columns = {"x"};
  const auto row = [](const char* cell) {
    TextRow result;
    result.cells = {cell};
    return result;
  };
  CHECK_FALSE(differ_in(table, row("1000"), row("1005"), 0));
  CHECK(differ_in(table, row("1000"), row("1020"), 0));
  CHECK(differ_in(table, row("a"), row("b"), 0));
}
