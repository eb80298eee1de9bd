#include "agent/support.h"

#include <doctest/doctest.h>

using namespace flyball;

TEST_CASE("a neighbourhood is a box of levels around a setting") {
  const ActionSpace actions({3, 4});
  std::vector<std::size_t> counts(12, 0);
  counts[5] = 7;   // levels (1, 1)
  counts[11] = 2;  // levels (2, 3)
  CHECK(neighbourhood_counts(actions, counts, 0) == counts);
  const auto near = neighbourhood_counts(actions, counts, 1);
  CHECK(near == std::vector<std::size_t>{7, 7, 7, 0, 7, 7, 9, 2, 7, 7, 9, 2});
  CHECK(neighbourhood_counts(actions, counts, 5) == std::vector<std::size_t>(12, 9));
}

TEST_CASE("the report says how much of a policy's choices the logs cover") {
  const ActionSpace actions({3, 4});
  std::vector<std::size_t> counts(12, 0);
  counts[5] = 7;
  const SupportReport report =
      support_report(actions, counts, std::vector<std::uint32_t>{5, 5, 6, 11});
  CHECK(report.choices == 4);
  CHECK(report.seen_share == 0.5);
  CHECK(report.neighbour_share == 0.75);
  CHECK(report.least_neighbours == 0);
  CHECK(report.median_neighbours == 7.0);
}
