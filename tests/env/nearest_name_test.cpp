#include "env/nearest_name.h"

#include <doctest/doctest.h>

#include <vector>

using namespace flyball;

TEST_CASE("the nearest name is the one with the fewest letters changed") {
  const std::vector<std::string> known = {"evaluate", "emulate", "import"};
  CHECK(nearest_name("evalute", known) == "evaluate");
  CHECK(nearest_name("emulat", known) == "emulate");
  CHECK(nearest_name("imprt", known) == "import");
}

TEST_CASE("nothing is suggested when nothing comes near") {
  const std::vector<std::string> known = {"evaluate", "emulate"};
  CHECK_FALSE(nearest_name("frobnicate", known).has_value());
  CHECK_FALSE(nearest_name("x", {}).has_value());
}
