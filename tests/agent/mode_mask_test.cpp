#include "agent/mode_mask.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

#include "tests/agent/served_log.h"

using namespace flyball;
using served_log::kLevels;

TEST_CASE("the observation tells which actions its mode leaves") {
  std::vector<std::uint32_t> all(kLevels);
  for (std::uint32_t i = 0; i < kLevels; ++i) all[i] = i;
  ModeMask mask(served_log::make(1).layout(), {served_log::gpu()}, all);
  REQUIRE(mask.tells_mode());
  const auto first = mask.mask(served_log::observation(0.5, 0.0F, 0).data()).allowed();
  const auto second = mask.mask(served_log::observation(0.1, 1.0F, 1).data()).allowed();
  CHECK(std::vector(first.begin(), first.end()) == all);
  CHECK(std::vector(second.begin(), second.end()) == std::vector<std::uint32_t>{1, 2, 3, 4});
  ModeMask blind(ObservationLayout({"queue"}, {}), {served_log::gpu()}, {2, 3});
  CHECK_FALSE(blind.tells_mode());
  CHECK(blind.mask(nullptr).allowed().size() == 2);
  ModeMask unseen(served_log::make(1).layout(), {served_log::gpu()}, {6, 7});
  CHECK_THROWS_WITH_AS(unseen.mask(served_log::observation(1.0, 0.0F, 1).data()),
                       "support: the logs hold no setting inside a mode's levels: gpu 1 to 4",
                       std::invalid_argument);
}
