#include "tools/daemon/pausable_governor.h"

#include <doctest/doctest.h>

#include <stdexcept>

#include "tests/controllers/sample_plant.h"

using namespace flyball;

namespace {

// Pins everything at its floor, and counts.
class Floor final : public Governor {
 public:
  std::string_view name() const override { return "floor"; }
  void reset(const GovernorScope& scope) override {
    if (scope.limits.empty()) throw std::invalid_argument("no limits");
    limits = scope.limits;
    ++resets;
  }
  Decision decide(const GovernorInput&) override {
    ++decisions;
    Setting setting = full_range(limits);
    for (std::size_t k = 0; k < setting.size(); ++k) setting[k].ceiling = setting[k].floor;
    return {setting, DecidedBy::kPolicy, {}};
  }
  Period period() const override { return {0.25, false}; }

  std::vector<LevelRange> limits;
  int resets = 0;
  int decisions = 0;
};

}  // namespace

TEST_CASE("while it is paused the full range is left to the kernel, and the governor not asked") {
  const PlantDescription plant = sample_plant();
  const Telemetry telemetry;
  Floor floor;
  PausableGovernor governor(floor);
  CHECK(governor.name() == "floor");
  CHECK(governor.period().seconds == 0.25);
  governor.reset({&plant, plant.knobs, plant.limits});
  CHECK(governor.decide({telemetry}).decided_by == DecidedBy::kPolicy);
  governor.set_paused(true);
  for (int i = 0; i < 3; ++i) {
    const Decision paused = governor.decide({telemetry});
    CHECK(paused.decided_by == DecidedBy::kResident);
    CHECK(paused.setting == full_range(plant.limits));
  }
  CHECK(floor.decisions == 1);
  CHECK(floor.resets == 1);
}

TEST_CASE("when a pause is over a new episode begins, inside the limits of now") {
  PlantDescription plant = sample_plant();
  const Telemetry telemetry;
  Floor floor;
  PausableGovernor governor(floor);
  governor.reset({&plant, plant.knobs, plant.limits});
  governor.set_paused(true);
  (void)governor.decide({telemetry});
  plant.limits[0].floor = 1;
  governor.reset({&plant, plant.knobs, plant.limits});
  CHECK(governor.decide({telemetry}).setting == full_range(plant.limits));
  governor.set_paused(false);
  const Decision decision = governor.decide({telemetry});
  CHECK(decision.decided_by == DecidedBy::kPolicy);
  CHECK(decision.setting[0].ceiling == 1);
  CHECK(floor.resets == 3);
  (void)governor.decide({telemetry});
  CHECK(floor.resets == 3);  // once
  CHECK_THROWS_AS(governor.reset({&plant, {}, {}}), std::invalid_argument);
}
