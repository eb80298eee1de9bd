#include "tools/reproduce/own/split_table.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "env/errors.h"

using namespace flyball;

namespace {

// Eleven shares of 32 channels, all right at 90 %, but for lambda 0.2 at the share 0.5.
SplitRun even_run() {
  SplitRun run;
  run.whole = 0.9;
  run.split.edge_only = 0.9;
  run.split.cloud_only = 0.9;
  for (std::size_t i = 1; i <= 32; ++i) run.split.top_shares.push_back(i < 3 ? 0.3 : 0.7);
  for (int i = 0; i <= 10; ++i) {
    SplitPoint point;
    point.share = i / 10.0;
    point.fused = 0.9;
    point.fused_floats = 0.9;
    point.by_lambda.fill(0.9);
    run.split.points.push_back(point);
  }
  run.split.points[5].by_lambda[2] = 0.88;
  return run;
}

const ReproductionRow& row(const ReproductionTable& table, const std::string& name) {
  const auto it = std::find_if(table.rows().begin(), table.rows().end(), [&](const auto& r) {
    return r.name.find(name) != std::string::npos;
  });
  REQUIRE_MESSAGE(it != table.rows().end(), name);
  return *it;
}

}  // namespace

TEST_CASE("split networks that are even everywhere hold, and the worst seed decides") {
  ReproductionTable even("offload");
  add_split_rows({even_run(), even_run()}, even);
  CHECK(even.holds());
  CHECK(even.rows().size() == 8 + 9 * 4 + 9 * 11);
  CHECK(even.notes().front().find("shares 0.5 (2.0), and not at 0.1") != std::string::npos);
  SplitRun worse = even_run();
  worse.split.points[3].fused = 0.87;
  ReproductionTable table("offload");
  add_split_rows({even_run(), worse}, table);
  CHECK_FALSE(table.holds());
  CHECK_FALSE(row(table, "share 0.3 (32 of 32 channels sent): below edge only").holds);
  CHECK(row(table, "share 0.3 (32 of 32 channels sent): fused").ours == doctest::Approx(88.5));
  CHECK_FALSE(row(table, "share 0.3 (32 of 32 channels sent): int8 below floats").holds);
  CHECK(row(table, "share 0.4 (32 of 32 channels sent): below edge only").holds);
}

TEST_CASE("a folder without images is refused before anything is trained") {
  ReproductionTable table("offload");
  CHECK_THROWS_AS(reproduce_split({"/nowhere", Effort::kQuick, 1, 1}, table), DataError);
}
