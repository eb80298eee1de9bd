#include "env/delays.h"

#include <doctest/doctest.h>

#include <map>
#include <vector>

using namespace flyball;

TEST_CASE("a constant delay is always the same") {
  DelayDraws draws(Delays(0.25), 1);
  for (int i = 0; i < 10; ++i) CHECK(draws.next() == 0.25);
  CHECK(Delays(0.25).mean_seconds() == 0.25);
}

TEST_CASE("a delay that stays is taken so often, then another one is drawn") {
  Delays slow_for_a_while(std::vector<double>{0.1, 0.2, 0.6});
  slow_for_a_while.stay = 5;
  DelayDraws draws(slow_for_a_while, 7);
  slow_for_a_while.stay = 1;
  DelayDraws once(slow_for_a_while, 7);
  for (int i = 0; i < 60; ++i) {
    const double drawn = once.next();
    for (int k = 0; k < 5; ++k) CHECK(draws.next() == drawn);
  }
}

TEST_CASE("measured delays are drawn about equally often, the same ones for the same seed") {
  const Delays measured(std::vector<double>{0.1, 0.2, 0.6});
  CHECK(measured.mean_seconds() == doctest::Approx(0.3));
  DelayDraws draws(measured, 7);
  DelayDraws again(measured, 7);
  std::map<double, int> counts;
  for (int i = 0; i < 3000; ++i) {
    const double delay = draws.next();
    REQUIRE(delay == again.next());
    ++counts[delay];
  }
  REQUIRE(counts.size() == 3);
  for (const auto& [delay, count] : counts) {
    CHECK(count > 850);
    CHECK(count < 1150);
  }
}
