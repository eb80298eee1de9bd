#include "env/action_space.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

using namespace flyball;

TEST_CASE("a joint action is the mixed-radix number of its levels, the last knob fastest") {
  const ActionSpace actions({3, 4, 2});
  CHECK(actions.size() == 24);
  const std::vector<Level> levels = {1, 2, 1};
  CHECK(actions.index_of(levels) == 1 * 8 + 2 * 2 + 1);
  std::vector<Level> back(3);
  for (std::size_t action = 0; action < actions.size(); ++action) {
    actions.levels_of(action, back);
    CHECK(actions.index_of(back) == action);
  }
}

TEST_CASE("the mask allows what lies inside every knob's limits") {
  const ActionSpace actions({2, 3});
  const std::vector<LevelRange> limits = {{1, 1}, {0, 1}};
  CHECK(actions.mask(limits) == std::vector<std::uint8_t>{0, 0, 0, 1, 1, 0});
  CHECK_THROWS_WITH_AS(actions.mask(std::vector<LevelRange>{{0, 1}}),
                       "limits: 1 given, one per knob (2) expected", std::invalid_argument);
}

TEST_CASE("spaces that nobody could enumerate are refused") {
  CHECK_THROWS_AS(ActionSpace({}), std::invalid_argument);
  CHECK_THROWS_AS(ActionSpace({3, 0}), std::invalid_argument);
  CHECK_THROWS_AS(ActionSpace(std::vector<std::size_t>(9, 2)), std::invalid_argument);
  CHECK_THROWS_AS(ActionSpace(std::vector<std::size_t>(8, 65535)), std::invalid_argument);
}
