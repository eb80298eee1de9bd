#include "env/governor.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

#include "tests/support/small_board.h"

using namespace flyball;

namespace {

PlantDescription small_plant() {
  const Board board = small_board();
  PlantDescription plant = describe(board, board.modes[0], {});
  plant.limits = {{0, 1}, {1, 2}, {1, 1}};
  return plant;
}

}  // namespace

TEST_CASE("a scope holds the knobs that were asked for, in that order, with their limits") {
  const PlantDescription plant = small_plant();
  const GovernorScope scope = scope_over(plant, std::vector<std::size_t>{2, 0});
  CHECK(scope.plant == &plant);
  REQUIRE(scope.knobs.size() == 2);
  CHECK(scope.knobs[0].name == "emc");
  CHECK(scope.knobs[1].name == "cpu");
  CHECK(scope.limits == std::vector<LevelRange>{{1, 1}, {0, 1}});
}

TEST_CASE("a scope over nothing has no knobs, and still its plant") {
  const PlantDescription plant = small_plant();
  const GovernorScope scope = scope_over(plant, {});
  CHECK(scope.plant == &plant);
  CHECK(scope.knobs.empty());
  CHECK(scope.limits.empty());
}

TEST_CASE("a scope over a knob that the plant does not have is refused") {
  const PlantDescription plant = small_plant();
  CHECK_THROWS_AS(scope_over(plant, std::vector<std::size_t>{0, 3}), std::out_of_range);
}

TEST_CASE("the full range asks of every knob what its limits allow") {
  const PlantDescription plant = small_plant();
  const Setting full = full_range(plant.limits);
  REQUIRE(full.size() == 3);
  CHECK(full[0] == LevelRange{0, 1});
  CHECK(full[1] == LevelRange{1, 2});
  CHECK(full[2] == LevelRange{1, 1});
  CHECK(clamped(full, plant.limits) == full);
  CHECK(full_range({}).size() == 0);
}

TEST_CASE("a governor is asked by a timer that does not stall, where nothing else is said") {
  CHECK(Period().seconds == 0.1);
  CHECK_FALSE(Period().deferrable);
}
