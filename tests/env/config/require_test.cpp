#include "env/config/require.h"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>

using namespace flyball;

TEST_CASE("a requirement that does not hold is told with key, value and range") {
  CHECK_NOTHROW(require(true, "fan.pwm", 3.0, ">= 2"));
  CHECK_THROWS_WITH_AS(require(false, "fan.pwm", 1.0, ">= 2"), "fan.pwm = 1: must be >= 2",
                       std::invalid_argument);
}

TEST_CASE("what is no finite number fulfils no requirement") {
  CHECK_THROWS_AS(require(true, "fan.pwm", std::nan(""), ">= 2"), std::invalid_argument);
  CHECK_THROWS_AS(require(true, "fan.pwm", INFINITY, ">= 2"), std::invalid_argument);
}
