#include "controllers/shadow_governor.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "tests/controllers/sample_plant.h"
#include "tests/support/allocation_counter.h"
#include "tests/support/sample_policy.h"

using namespace flyball;

namespace {

Telemetry telemetry_at(double time_seconds, double cpu_hz, double gpu_hz) {
  Telemetry telemetry;
  telemetry.time_seconds = time_seconds;
  telemetry.domains.refill(time_seconds) = {{cpu_hz, cpu_hz, 1e8, 3e8, 0.5, std::nullopt},
                                            {gpu_hz, gpu_hz, 2e8, 4e8, 0.5, time_seconds / 2.0}};
  telemetry.cpus.refill(time_seconds) = {{true, time_seconds / 2.0, time_seconds / 2.0, 0.0},
                                         {true, 0.0, time_seconds, 0.0}};
  telemetry.application.refill(time_seconds).queue_length = 3;
  return telemetry;
}

}  // namespace

TEST_CASE("a shadow leaves the clocks to the residents and counts what its policy wanted") {
  const PlantDescription plant = sample_plant();
  const GovernorScope scope{&plant, plant.knobs, plant.limits};
  LearnedGovernor policy(sample_policy());
  ShadowGovernor shadow(policy);
  shadow.reset(scope);
  const Decision decision = shadow.decide({telemetry_at(1.0, 2e8, 4e8)});
  CHECK(decision.decided_by == DecidedBy::kResident);
  CHECK(decision.setting == full_range(plant.limits));
  REQUIRE(shadow.last_wanted().size() == 2);
  const Level wanted = shadow.last_wanted()[1];
  CHECK(shadow.report().knobs[1].name == "gpu");
  CHECK(shadow.report().knobs[1].wanted[wanted] == 1);
  CHECK(shadow.report().decisions == 1);
  shadow.reset(scope);  // other limits, say
  (void)shadow.decide({telemetry_at(1.5, 2e8, 4e8)});
  CHECK(shadow.report().decisions == 2);
}

TEST_CASE("the policy sees what ran, not what it wanted") {
  const PlantDescription plant = sample_plant();
  LearnedGovernor policy(sample_policy());
  ShadowGovernor shadow(policy);
  shadow.reset({&plant, plant.knobs, plant.limits});
  // Layout: effective[2] utilization[2] previous_action[2] t_as vector_to_go[2].
  (void)shadow.decide({telemetry_at(1.0, 1e8, 4e8)});
  CHECK(policy.observation()[4] == -1.0F);
  (void)shadow.decide({telemetry_at(1.5, 3e8, 4e8)});
  CHECK(policy.observation()[4] == 1.0F);
}

TEST_CASE(
    "decisions that the board ran already are counted, and a policy that cannot say has none") {
  const PlantDescription plant = sample_plant();
  LearnedGovernor policy(sample_policy());
  ShadowGovernor shadow(policy);
  shadow.reset({&plant, plant.knobs, plant.limits});
  std::uint64_t same = 0;
  for (const double cpu : plant.knobs[0].levels) {
    for (const double gpu : {2e8, 4e8}) {
      (void)shadow.decide({telemetry_at(1.0, cpu, gpu)});
      const std::vector<Level>& wanted = shadow.last_wanted();
      const bool is_same =
          plant.knobs[0].levels[wanted[0]] == cpu && plant.knobs[1].levels[wanted[1]] == gpu;
      same += is_same ? 1 : 0;
      // Once more, with the board where the policy wanted it in its place.
      const double next_cpu = plant.knobs[0].levels[wanted[0]];
      const double next_gpu = plant.knobs[1].levels[wanted[1]];
      (void)shadow.decide({telemetry_at(1.5, next_cpu, next_gpu)});
      const bool is_next_same = plant.knobs[0].levels[wanted[0]] == next_cpu &&
                                plant.knobs[1].levels[wanted[1]] == next_gpu;
      same += is_next_same ? 1 : 0;
    }
  }
  CHECK(shadow.report().decisions == 12);
  CHECK(shadow.report().same == same);
  Telemetry blind = telemetry_at(6.0, 2e8, 4e8);
  blind.domains.clear();
  CHECK(shadow.decide({blind}).setting == full_range(plant.limits));
  CHECK(shadow.last_wanted().empty());
  CHECK(shadow.report().decisions == 12);
}

TEST_CASE("a shadow's decision allocates nothing") {
  const PlantDescription plant = sample_plant();
  LearnedGovernor policy(sample_policy());
  ShadowGovernor shadow(policy);
  shadow.reset({&plant, plant.knobs, plant.limits});
  const Telemetry telemetry = telemetry_at(1.0, 2e8, 4e8);
  const std::size_t before = allocation_count();
  for (int i = 0; i < 100; ++i) (void)shadow.decide({telemetry});
  CHECK(allocation_count() == before);
}
