#include "controllers/action_setting.h"

#include <doctest/doctest.h>

#include <array>
#include <stdexcept>

using namespace flyball;

namespace {

const std::vector<Knob> kKnobs = {{"cpu", {1e9, 2e9, 3e9}, {0}}, {"gpu", {1e8, 2e8, 3e8}, {1}}};
const std::vector<LevelRange> kLimits = {{0, 2}, {1, 2}};

}  // namespace

TEST_CASE("a knob is pinned at its level unless it is capped") {
  const ActionSetting pins(kKnobs, kLimits, {});
  const std::array<Level, 2> levels{1, 2};
  CHECK(pins.of(levels) == Setting::pinned(levels));
}

TEST_CASE("a capped knob keeps the floor of its limits, the others are pinned") {
  const std::vector<std::string> caps = {"gpu"};
  const ActionSetting capped(kKnobs, kLimits, caps);
  const Setting setting = capped.of(std::array<Level, 2>{1, 2});
  CHECK(setting[0] == LevelRange{1, 1});
  CHECK(setting[1] == LevelRange{1, 2});
}

TEST_CASE("a cap below the floor of the limits is no range upside down") {
  const std::vector<std::string> caps = {"gpu"};
  const ActionSetting capped(kKnobs, kLimits, caps);
  CHECK(capped.of(std::array<Level, 2>{0, 0})[1] == LevelRange{0, 0});
}

TEST_CASE("a cap that is no knob is refused with the knobs there are") {
  const std::vector<std::string> caps = {"npu"};
  CHECK_THROWS_AS(ActionSetting(kKnobs, kLimits, caps), std::invalid_argument);
}
