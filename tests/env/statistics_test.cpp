#include "env/statistics.h"

#include <doctest/doctest.h>

#include <vector>

using namespace flyball;

TEST_CASE("the nearest rank is a value that occurred") {
  const std::vector<double> four = {1.0, 2.0, 4.0, 8.0};
  CHECK(nearest_rank(four, 0.5) == 2.0);
  CHECK(nearest_rank(four, 0.51) == 4.0);
  CHECK(nearest_rank(four, 0.0) == 1.0);
  CHECK(nearest_rank(four, 1.0) == 8.0);
  CHECK(nearest_rank({}, 0.5) == 0.0);
}

TEST_CASE("an interpolated quantile lies between the values beside its rank") {
  CHECK(interpolated_quantile({8.0, 1.0, 4.0, 2.0}, 0.5) == 3.0);
  CHECK(interpolated_quantile({3.0, 1.0, 2.0}, 0.5) == 2.0);
  CHECK(interpolated_quantile({1.0, 2.0}, 0.25) == 1.25);
  CHECK(interpolated_quantile({7.0}, 0.9) == 7.0);
  CHECK(interpolated_quantile({1.0, 2.0, 3.0}, 1.0) == 3.0);
}

TEST_CASE("the upper median is a value that occurred") {
  CHECK(upper_median({8.0, 1.0, 4.0, 2.0}) == 4.0);
  CHECK(upper_median({3.0, 1.0, 2.0}) == 2.0);
}
