#include "env/knob.h"

#include <doctest/doctest.h>

#include <vector>

using namespace flyball;

TEST_CASE("the kernel's three relations pick table entries") {
  const std::vector<double> table = {100.0, 200.0, 300.0};
  CHECK(level_at_least(table, 150.0) == 1);
  CHECK(level_at_least(table, 200.0) == 1);
  CHECK(level_at_least(table, 999.0) == 2);
  CHECK(level_at_most(table, 150.0) == 0);
  CHECK(level_at_most(table, 300.0) == 2);
  CHECK(level_at_most(table, 50.0) == 0);
  CHECK(level_nearest(table, 149.0) == 0);
  CHECK(level_nearest(table, 150.0) == 0);
  CHECK(level_nearest(table, 151.0) == 1);
  CHECK(level_nearest(table, 1e9) == 2);
}

TEST_CASE("a domain's error names the entry at fault") {
  Domain gpu{"gpu", DomainKind::kGpu, {1e8, 3e8, 2e8}, 0.005, {}};
  CHECK_THROWS_WITH(validate(gpu),
                    "gpu.frequencies_hz[2] = 200000000: must be above the entry before it, "
                    "300000000");
  gpu.frequencies_hz = {0.0};
  CHECK_THROWS_WITH(validate(gpu), "gpu.frequencies_hz[0] = 0: must be > 0");
}

TEST_CASE("an unknown knob's error lists the knobs that exist") {
  const std::vector<Knob> knobs = {{"cpu", {1.0}, {0}}, {"gpu", {1.0}, {1}}};
  CHECK(find_knob(knobs, "gpu") == 1);
  CHECK_THROWS_WITH(find_knob(knobs, "gpuu"),
                    "no knob \"gpuu\"; did you mean \"gpu\"? (there are: cpu, gpu)");
}

TEST_CASE("a pinned setting has floor and ceiling at the level") {
  const std::vector<Level> levels = {3, 7};
  const Setting setting = Setting::pinned(levels);
  CHECK(setting.size() == 2);
  CHECK(setting[1].is_pinned());
  CHECK(setting[1].floor == 7);
  CHECK(setting == Setting::pinned(levels));
}

TEST_CASE("a range is moved into its limits, and where it is crossed the ceiling wins") {
  const LevelRange limits{2, 5};
  CHECK(clamped({3, 4}, limits) == LevelRange{3, 4});
  CHECK(clamped({0, 9}, limits) == LevelRange{2, 5});
  CHECK(clamped({0, 1}, limits) == LevelRange{2, 2});
  CHECK(clamped({7, 9}, limits) == LevelRange{5, 5});
  CHECK(clamped({4, 3}, limits) == LevelRange{3, 3});
  CHECK(clamped({9, 0}, limits) == LevelRange{2, 2});
  Setting crossed;
  crossed.resize(2);
  crossed[0] = {4, 3};
  crossed[1] = {0, 9};
  const Setting setting = clamped(crossed, std::vector<LevelRange>{{0, 8}, limits});
  CHECK(setting[0] == LevelRange{3, 3});
  CHECK(setting[1] == limits);
}

TEST_CASE("a share may be nothing and is at most one, a batch is more than nothing") {
  CHECK_NOTHROW(validate(Knob{kOffloadKnob, {0.0, 0.5, 1.0}, {}}, {}));
  CHECK_THROWS_WITH_AS(validate(Knob{kOffloadKnob, {0.0, 1.5}, {}}, {}),
                       doctest::Contains("a share is at most 1"), std::invalid_argument);
  CHECK_THROWS_WITH_AS(validate(Knob{kOffloadKnob, {-0.5, 1.0}, {}}, {}),
                       doctest::Contains("must be >= 0"), std::invalid_argument);
  CHECK_THROWS_AS(validate(Knob{kBatchKnob, {0.0, 1.0}, {}}, {}), std::invalid_argument);
}

TEST_CASE("fine-tuning runs not, between batches or beside them") {
  CHECK_NOTHROW(validate(Knob{kFineTuningKnob, {0.0, 1.0, 2.0}, {}}, {}));
  CHECK_THROWS_WITH_AS(validate(Knob{kFineTuningKnob, {0.0, 3.0}, {}}, {}),
                       "fine_tuning.levels: 3: must be 0, 1 or 2", std::invalid_argument);
  CHECK_THROWS_AS(validate(Knob{kFineTuningKnob, {0.5}, {}}, {}), std::invalid_argument);
  CHECK(is_application_knob(kFineTuningKnob));
  CHECK_FALSE(is_application_knob("gpu"));
}
