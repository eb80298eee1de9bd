#include "replay/observation_pairs.h"

#include <doctest/doctest.h>

#include <cmath>
#include <deque>
#include <random>
#include <utility>
#include <vector>

#include "env/draw.h"

using namespace flyball;

namespace {

using Row = std::vector<float>;

// Compares the ring with a deque of pairs; a new chain begins with chance `breaks`.
void check_chain(std::size_t capacity, std::size_t width, double breaks) {
  CAPTURE(capacity);
  CAPTURE(breaks);
  ObservationPairs pairs(capacity, width);
  std::deque<std::pair<Row, Row>> expected;
  std::mt19937_64 random(5);
  const auto draw = [&] {
    Row row(width);
    for (float& value : row) value = static_cast<float>(draw_unit(random));
    return row;
  };
  Row observation = draw();
  for (std::size_t i = 0; i < 3 * capacity + 200; ++i) {
    const Row next = draw();
    pairs.push(observation, next);
    expected.emplace_back(observation, next);
    if (expected.size() > capacity) expected.pop_front();
    observation = draw_unit(random) < breaks ? draw() : next;
    REQUIRE(pairs.size() == expected.size());
    for (std::size_t index = 0; index < expected.size(); ++index) {
      const float* first = pairs.observation(index);
      const float* second = pairs.next(index);
      REQUIRE(Row(first, first + width) == expected[index].first);
      REQUIRE(Row(second, second + width) == expected[index].second);
    }
  }
}

}  // namespace

TEST_CASE("pairs come out as they went in, chained, broken or never chained, after many laps") {
  for (const std::size_t capacity : {1UL, 2UL, 63UL, 64UL, 65UL, 200UL}) {
    for (const double breaks : {0.0, 0.1, 0.5, 1.0}) check_chain(capacity, 3, breaks);
  }
}

TEST_CASE("a chain stores each observation once, other pairs store both") {
  for (const bool chained : {true, false}) {
    CAPTURE(chained);
    ObservationPairs pairs(10'000, 16);
    for (int i = 0; i < 25'000; ++i) {
      const auto value = static_cast<float>(i);
      pairs.push(Row(16, value), Row(16, chained ? value + 1.0F : value + 0.5F));
    }
    CHECK(pairs.own() == (chained ? 0 : 9'999));
    const double bytes = static_cast<double>(pairs.memory_bytes()) / 10'000.0;
    CHECK(bytes < (chained ? 64.5 : 128.5));
  }
}

TEST_CASE("a successor that differs in the sign of a zero is kept as it is") {
  ObservationPairs pairs(4, 1);
  pairs.push(Row{1.0F}, Row{-0.0F});
  pairs.push(Row{0.0F}, Row{2.0F});
  CHECK(std::signbit(*pairs.next(0)));
  CHECK_FALSE(std::signbit(*pairs.observation(1)));
}
