#include "env/fitting/one_source.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "env/errors.h"
#include "env/fitting/measurement_columns.h"
#include "tests/support/temporary_file.h"

using namespace flyball;

namespace {

// What is said of a table; empty: nothing.
std::string complaint(const std::string& csv, const std::vector<std::string>& filters = {},
                      const std::vector<std::string>& ignored = {}) {
  const TemporaryFile file(csv);
  const CsvTable table = read_csv_table(file.path());
  std::vector<RowFilter> conditions;
  for (const std::string& text : filters) conditions.push_back(parse_filter(text));
  try {
    require_one_source(table, filtered(table, conditions), ignored);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("rows of several devices are told with the condition that keeps one") {
  const std::string csv = "device,gpu_mhz\nnano,307\nxavier nx,114\n";
  const std::string said = complaint(csv);
  CHECK(contains(said, "column device: these are measurements of 2 devices (nano, xavier nx)"));
  CHECK(contains(said, "--where device=nano "));
  CHECK(contains(said, "--ignore device"));
  CHECK(complaint(csv, {"device=nano"}).empty());
  CHECK(complaint(csv, {}, {"device"}).empty());
  CHECK(contains(complaint("Board_ID,x\n7,1\n8,1\n"), "2 devices (7, 8)"));
  CHECK(contains(complaint("host,x\na b,1\nc,1\n"), "--where 'host=a b' "));
}

TEST_CASE("rows of several jobs are told likewise, devices first") {
  CHECK(contains(complaint("workload,device,x\na,d,1\nb,d,1\n"), "2 jobs (a, b)"));
  CHECK(contains(complaint("workload,device,x\na,d,1\nb,e,1\n"), "2 devices (d, e)"));
}

TEST_CASE("one device, a reading of the module and a count are nothing to complain of") {
  CHECK(complaint("device,x\nnano,1\nnano,2\n").empty());
  CHECK(complaint("module_w,board_temp\n1,3\n2,4\n").empty());
  std::string many = "node,x\n";
  for (int i = 0; i < 30; ++i) many += std::to_string(i) + ",1\n";
  CHECK(complaint(many).empty());
}
