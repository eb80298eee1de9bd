#include "agent/training/validation.h"

#include <doctest/doctest.h>

#include <stdexcept>

#include "tests/support/error_text.h"

using namespace flyball;

namespace {

// By name: saving, latency, share in time, limits kept.
constexpr ValidationFigures kKept{0.1, 0.2, 0.99, true};

ValidationFigures broken(double saving, double latency, double in_time) {
  return {saving, latency, in_time, false};
}

// Of each pair the first is better, and never both.
void check_order(const ValidationFigures& better, const ValidationFigures& worse) {
  CHECK(is_better(better, worse));
  CHECK_FALSE(is_better(worse, better));
}

}  // namespace

TEST_CASE("what keeps the limits is better than what does not, whatever it saves") {
  check_order({-0.5, 9.0, 0.5, true}, broken(0.9, 0.1, 1.0));
}

TEST_CASE(
    "of two that keep the limits the one that saves more is better, and nothing else counts") {
  check_order({0.11, 0.9, 0.9, true}, kKept);
  CHECK_FALSE(is_better({0.1, 0.1, 1.0, true}, kKept));
}

TEST_CASE("of two that keep them not, the one that serves more in time is better, then sooner") {
  check_order(broken(-0.5, 0.9, 0.8), broken(0.5, 0.1, 0.7));
  check_order(broken(-0.5, 0.3, 0.8), broken(0.5, 0.4, 0.8));
}

TEST_CASE("nothing is better than its like, so the first stays") {
  CHECK_FALSE(is_better(kKept, kKept));
  CHECK_FALSE(is_better(broken(0.1, 0.2, 0.9), broken(0.3, 0.2, 0.9)));
}

TEST_CASE("a configuration is held against its ranges, and the key at fault is named") {
  ValidationConfig config;
  config.scenario = "quickstart";
  CHECK_NOTHROW(validate(config));
  config.patience = 1;
  config.runs = 100;
  CHECK_NOTHROW(validate(config));
  config.runs = 101;
  CHECK_THROWS_AS(validate(config), std::invalid_argument);
  CHECK(error_text([&] { validate(config); }) == "validation.runs = 101: must be in [1, 100]");
  config.runs = 1;
  config.every_steps = 0;
  CHECK(error_text([&] { validate(config); }) ==
        "validation.every_steps = 0: must be in [1, 1e+09]");
  config.every_steps = 1;
  config.patience = 0;
  CHECK(error_text([&] { validate(config); }).starts_with("validation.patience = 0: must be in "));
}
