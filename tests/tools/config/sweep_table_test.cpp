#include "tools/config/sweep_table.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "env/errors.h"
#include "tests/support/temporary_file.h"

using namespace flyball;

namespace {

SweepTable read(const std::string& rows) {
  const TemporaryFile file("gpu_hz,batch,seconds,watts\n" + rows);
  return read_sweep_table(file.path());
}

}  // namespace

TEST_CASE("a sweep's rows become a table over ascending frequencies and batches") {
  const SweepTable table = read("# measured\n2e8,2,0.5,7\n1e8,1,0.6,4\n2e8,1,0.3,6\n1e8,2,1.0,5\n");
  CHECK(table.frequencies_hz == std::vector<double>{1e8, 2e8});
  CHECK(table.batches == std::vector<double>{1.0, 2.0});
  CHECK(table.seconds == std::vector<std::vector<double>>{{0.6, 1.0}, {0.3, 0.5}});
  CHECK(table.watts == std::vector<std::vector<double>>{{4.0, 5.0}, {6.0, 7.0}});
}

TEST_CASE("a sweep with a hole, a pair given twice or nothing in it is refused") {
  CHECK_THROWS_WITH_AS(read("1e8,1,1,1\n1e8,2,1,1\n2e8,1,1,1\n"),
                       doctest::Contains("other batches"), DataError);
  CHECK_THROWS_WITH_AS(read("1e8,1,1,1\n1e8,1,2,2\n"), doctest::Contains(":3: gpu_hz 1e+08"),
                       DataError);
  CHECK_THROWS_WITH_AS(read(""), doctest::Contains("no measurements"), DataError);
}
