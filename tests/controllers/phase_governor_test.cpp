#include "controllers/phase_governor.h"

#include <doctest/doctest.h>

#include "tests/support/error_text.h"
#include "tests/support/fake_plant.h"

using namespace flyball;

namespace {

Setting only(LevelRange range) {
  Setting setting;
  setting.resize(1);
  setting[0] = range;
  return setting;
}

std::vector<Setting> slow_and_fast() { return {only({0, 0}), only({2, 2})}; }

GovernorScope over_gpu(const FakePlant& plant) {
  return scope_over(plant.description(), std::vector<std::size_t>{1});
}

}  // namespace

TEST_CASE("a phase's setting holds from its beginning until the next one's") {
  const FakePlant plant;
  PhaseGovernor governor({{0.0, 0}, {5.0, 1}, {8.0, 0}}, slow_and_fast(), 0.5);
  governor.reset(over_gpu(plant));
  const auto level_at = [&](double seconds) {
    Telemetry telemetry;
    telemetry.time_seconds = seconds;
    return governor.decide({telemetry}).setting[0].floor;
  };
  CHECK(level_at(0.0) == 0);
  CHECK(level_at(4.99) == 0);
  CHECK(level_at(5.0) == 2);
  CHECK(level_at(7.99) == 2);
  CHECK(level_at(8.0) == 0);
  CHECK(level_at(1e6) == 0);
  CHECK(governor.period().seconds == 0.5);
  CHECK(governor.name() == "best-per-phase");
}

TEST_CASE("phases that are none are refused") {
  const auto refusal = [](std::vector<PhaseBegin> phases, std::vector<Setting> rows) {
    return error_text([&] { PhaseGovernor(phases, rows, 0.5); });
  };
  CHECK(refusal({{0.0, 0}}, slow_and_fast()) == "no error");
  CHECK(refusal({}, slow_and_fast()) == "phases begin at 0 seconds");
  CHECK(refusal({{1.0, 0}}, slow_and_fast()) == "phases begin at 0 seconds");
  CHECK(refusal({{0.0, 0}, {2.0, 1}, {2.0, 0}}, slow_and_fast()) == "phases have to rise");
  CHECK(refusal({{0.0, 2}}, slow_and_fast()) == "phase 0 is of row 2, there are 2");
  std::vector<Setting> uneven = slow_and_fast();
  uneven[1].resize(2);
  CHECK(refusal({{0.0, 0}}, uneven).find("the same knobs") != std::string::npos);
}

TEST_CASE("settings of another number of knobs govern nothing") {
  const FakePlant plant;
  std::vector<Setting> rows = slow_and_fast();
  for (Setting& row : rows) row.resize(2);
  PhaseGovernor governor({{0.0, 0}}, rows, 0.5);
  CHECK(error_text([&] { governor.reset(over_gpu(plant)); }) ==
        "the phases' settings turn 2 knobs, it was given 1");
}
