#include "controllers/random_governor.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <map>
#include <set>

#include "tests/support/fake_plant.h"

using namespace flyball;

namespace {

GovernorScope two_knobs(const FakePlant& plant) {
  const std::vector<std::size_t> knobs = {0, 1};
  return scope_over(plant.description(), knobs);
}

const Telemetry kNothing;

}  // namespace

TEST_CASE("a share of the blocks is random, each allowed setting equally often") {
  const FakePlant plant;
  RandomGovernorConfig config;
  config.share = 0.25;
  config.allowed.assign(12, 0);
  config.allowed[2] = config.allowed[7] = config.allowed[11] = 1;  // (0, 2), (1, 3), (2, 3)
  RandomGovernor governor(config);
  governor.reset(two_knobs(plant));
  std::map<std::pair<Level, Level>, int> drawn;
  int residents = 0;
  int randoms = 0;
  for (int i = 0; i < 12000; ++i) {
    const Decision decision = governor.decide({kNothing});
    const Setting& setting = decision.setting;
    if (decision.decided_by == DecidedBy::kResident) {
      ++residents;
      CHECK(setting[0] == LevelRange{0, 2});
      CHECK(setting[1] == LevelRange{0, 3});
      CHECK(*decision.probability == 0.75);
      continue;
    }
    // Of what is left of a round of three.
    CHECK(*decision.probability == doctest::Approx(0.25 / (3 - randoms++ % 3)));
    ++drawn[{setting[0].floor, setting[1].floor}];
  }
  CHECK(residents == doctest::Approx(9000).epsilon(0.02));
  CHECK(drawn.size() == 3);
  for (const auto& [levels, count] : drawn) CHECK(std::abs(count - randoms / 3) <= 1);
  CHECK(drawn.count({1, 3}) == 1);
}

TEST_CASE("a block holds one setting, drawn once per round, by its first decision alone") {
  const FakePlant plant;
  RandomGovernorConfig config;
  config.share = 1.0;
  config.hold_periods = 4;
  RandomGovernor governor(config);
  governor.reset(two_knobs(plant));
  std::set<std::pair<Level, Level>> drawn;
  for (int block = 0; block < 24; ++block) {
    if (block % 12 == 0) drawn.clear();
    const Decision first = governor.decide({kNothing});
    CHECK(*first.probability == doctest::Approx(1.0 / (12 - block % 12)));
    CHECK(drawn.insert({first.setting[0].floor, first.setting[1].floor}).second);
    for (int i = 1; i < 4; ++i) {
      const Decision held = governor.decide({kNothing});
      CHECK(held.setting == first.setting);
      CHECK(*held.probability == 1.0);
    }
  }
}

TEST_CASE("exploration that leaves no setting is refused") {
  const FakePlant plant;
  RandomGovernorConfig config;
  config.allowed.assign(12, 0);
  RandomGovernor none(config);
  CHECK_THROWS_WITH(none.reset(two_knobs(plant)), "allowed: no setting inside the limits");
  config.allowed.assign(5, 1);
  RandomGovernor wrong(config);
  CHECK_THROWS_WITH(wrong.reset(two_knobs(plant)), "allowed: 5 entries for 12 joint actions");
  config.share = 1.5;
  CHECK_THROWS_WITH(RandomGovernor{config}, "share = 1.5: must be in [0, 1]");
}

TEST_CASE("a capped knob keeps the floor of its limits in every random setting") {
  const FakePlant plant;
  RandomGovernorConfig config;
  config.share = 1.0;
  config.caps = {plant.description().knobs[1].name};
  RandomGovernor governor(config);
  governor.reset(two_knobs(plant));
  std::set<Level> ceilings;
  for (int i = 0; i < 48; ++i) {
    const Setting setting = governor.decide({kNothing}).setting;
    CHECK(setting[0].is_pinned());
    CHECK(setting[1].floor == 0);
    ceilings.insert(setting[1].ceiling);
  }
  CHECK(ceilings == std::set<Level>{0, 1, 2, 3});
}

TEST_CASE("before and after the time of exploration the residents decide for certain") {
  const FakePlant plant;
  RandomGovernorConfig config;
  config.share = 1.0;
  config.from_seconds = 5.0;
  config.until_seconds = 8.0;
  RandomGovernor governor(config);
  governor.reset(two_knobs(plant));
  Telemetry telemetry;
  for (int second = 0; second < 12; ++second) {
    telemetry.time_seconds = second;
    const Decision decision = governor.decide({telemetry});
    const bool explores = second >= 5 && second < 8;
    CHECK(decision.decided_by == (explores ? DecidedBy::kRandom : DecidedBy::kResident));
    if (!explores) CHECK(*decision.probability == 1.0);
  }
}
