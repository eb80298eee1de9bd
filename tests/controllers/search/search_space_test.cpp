#include "controllers/search/search_space.h"

#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <stdexcept>

using namespace flyball;

namespace {

SearchSpace narrow() {
  return {{{"cpu", {1e9, 2e9, 4e9}, {0}}, {"batch", {1.0, 2.0, 8.0}, {}}}, {{1, 2}, {0, 2}}};
}

}  // namespace

TEST_CASE("the candidates are all combinations inside the limits, the highest last") {
  const SearchSpace space = narrow();
  CHECK(space.size() == 6);
  std::set<std::vector<Level>> all;
  for (std::size_t c = 0; c < space.size(); ++c) {
    all.insert(space.levels_of(c));
    CHECK(space.candidate_of(space.levels_of(c)) == c);
  }
  CHECK(all.size() == 6);
  CHECK(all.begin()->front() == 1);
  CHECK(space.levels_of(space.start()) == std::vector<Level>{2, 2});
  CHECK(space.setting_of(space.start())[0] == LevelRange{2, 2});
  CHECK_FALSE(space.candidate_of(std::vector<Level>{0, 1}));
}

TEST_CASE("a knob moves by levels and not beyond the limits") {
  const SearchSpace space = narrow();
  const auto lower = space.moved(space.start(), 0, -1);
  REQUIRE(lower);
  CHECK(space.value(*lower, 0) == 2e9);
  CHECK(space.value(*lower, 1) == 8.0);
  CHECK_FALSE(space.moved(*lower, 0, -1));
  CHECK_FALSE(space.moved(space.start(), 1, 1));
}

TEST_CASE("latency is bounded by the largest ratio of a clock, and of a batch either way") {
  const SearchSpace space = narrow();
  const std::size_t top = space.start();
  const std::size_t slow = *space.moved(top, 0, -1);
  CHECK(space.slowdown_bound(top, slow) == doctest::Approx(2.0));
  CHECK(space.slowdown_bound(slow, top) == doctest::Approx(1.0));
  const std::size_t small = *space.moved(top, 1, -1);
  CHECK(space.slowdown_bound(top, small) == doctest::Approx(4.0));
  CHECK(space.slowdown_bound(small, top) == doctest::Approx(4.0));
  CHECK(space.slowdown_bound(slow, small) == doctest::Approx(4.0));
  CHECK(space.distance(slow, small) == doctest::Approx(std::log(4.0)));
}

TEST_CASE("below means no clock higher, at the same batch") {
  const SearchSpace space = narrow();
  const std::size_t top = space.start();
  const std::size_t slow = *space.moved(top, 0, -1);
  CHECK(space.is_below(slow, top));
  CHECK(space.is_below(top, top));
  CHECK_FALSE(space.is_below(top, slow));
  CHECK_FALSE(space.is_below(*space.moved(slow, 1, -1), top));
}

TEST_CASE("a candidate is told in the units of its knobs") {
  CHECK(narrow().text(0) == "cpu 2000 MHz, batch 1");
}

TEST_CASE("limits that do not fit the knobs are refused") {
  const std::vector<Knob> knobs = {{"cpu", {1e9, 2e9}, {0}}};
  CHECK_THROWS_WITH_AS(SearchSpace(knobs, {}), "1 knobs have 0 limits", std::invalid_argument);
  CHECK_THROWS_AS(SearchSpace(knobs, {{0, 2}}), std::invalid_argument);
  CHECK_THROWS_AS(SearchSpace(knobs, {{1, 0}}), std::invalid_argument);
}
