#include "env/config/range.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace flyball;

TEST_CASE("a range holds its ends where they belong to it, and says so in words") {
  CHECK(within(0.0, 1.0).holds(0.0));
  CHECK(within(0.0, 1.0).holds(1.0));
  CHECK_FALSE(within(0.0, 1.0).holds(1.1));
  CHECK(within(0.0, 1.0).text() == "in [0, 1]");
  CHECK_FALSE(above_up_to(0.0, 1.0).holds(0.0));
  CHECK(above_up_to(0.0, 1.0).text() == "in (0, 1]");
  CHECK_FALSE(from_below(0.0, 1.0).holds(1.0));
  CHECK(from_below(0.0, 1.0).text() == "in [0, 1)");
  CHECK_FALSE(above(2.0).holds(2.0));
  CHECK(above(2.0).text() == "> 2");
  CHECK(at_least(2.0).holds(2.0));
  CHECK(at_least(2.0).text() == ">= 2");
  CHECK(any_number().holds(-1e300));
  CHECK(any_number().text() == "finite");
}

TEST_CASE("no range holds what is no finite number") {
  for (const double value : {std::numeric_limits<double>::infinity(), std::nan("")}) {
    CHECK_FALSE(any_number().holds(value));
    CHECK_FALSE(at_least(0.0).holds(value));
    CHECK_FALSE(within(0.0, 1.0).holds(value));
  }
}
