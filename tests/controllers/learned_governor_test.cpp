#include "controllers/learned_governor.h"

#include <doctest/doctest.h>

#include <limits>
#include <stdexcept>
#include <string>

#include "tests/controllers/sample_plant.h"
#include "tests/support/allocation_counter.h"
#include "tests/support/sample_policy.h"

using namespace flyball;

namespace {

GovernorScope scope_of(const PlantDescription& plant) {
  return {&plant, plant.knobs, plant.limits};
}

// Both knobs at their levels, the board half busy.
Telemetry telemetry_at(double time_seconds, double cpu_hz = 2e8, double gpu_hz = 4e8) {
  Telemetry telemetry;
  telemetry.time_seconds = time_seconds;
  telemetry.domains.refill(time_seconds) = {{cpu_hz, cpu_hz, 1e8, 3e8, 0.5, std::nullopt},
                                            {gpu_hz, gpu_hz, 2e8, 4e8, 0.5, time_seconds / 2.0}};
  telemetry.cpus.refill(time_seconds) = {{true, time_seconds / 2.0, time_seconds / 2.0, 0.0},
                                         {true, 0.0, time_seconds, 0.0}};
  telemetry.application.refill(time_seconds).queue_length = 3;
  return telemetry;
}

std::string refusal(const PolicyFile& file, const PlantDescription& plant) {
  LearnedGovernor governor(file);
  try {
    governor.reset(scope_of(plant));
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

Setting full_range() {
  Setting setting;
  setting.resize(2);
  setting[0] = {0, 2};
  setting[1] = {1, 2};
  return setting;
}

}  // namespace

TEST_CASE("a learned governor pins what its policy chooses, inside the limits") {
  const PlantDescription plant = sample_plant();
  LearnedGovernor governor(sample_policy());
  governor.reset(scope_of(plant));
  CHECK(governor.knob_names() == std::vector<std::string>{"cpu", "gpu"});
  CHECK(governor.period().seconds == 0.5);
  const Setting setting = governor.decide({telemetry_at(1.0)}).setting;
  CHECK(setting[0].is_pinned());
  CHECK(setting[1].is_pinned());
  CHECK(setting[1].floor >= 1);
  CHECK(setting[1].ceiling <= 2);
  DensePolicy policy(sample_policy());
  policy.set_limits(plant.limits);
  std::vector<Level> expected(2);
  policy.act(governor.observation(), expected);
  CHECK(setting == Setting::pinned(expected));
}

TEST_CASE("a knob that the policy caps keeps the floor of its limits") {
  const PlantDescription plant = sample_plant();
  PolicyFile file = sample_policy();
  file.metadata.knobs[1].cap = true;
  LearnedGovernor pins(sample_policy());
  LearnedGovernor caps(file);
  pins.reset(scope_of(plant));
  caps.reset(scope_of(plant));
  const Telemetry slow = telemetry_at(1.0, 2e8, 2e8);
  const Setting pinned = pins.decide({slow}).setting;
  const Setting capped = caps.decide({slow}).setting;
  CHECK(capped[0].is_pinned());
  CHECK(pinned[1].is_pinned());
  CHECK(capped[1].floor == plant.limits[1].floor);
  // Before its first decision nothing is capped: that is the highest cap, not what ran.
  CHECK(pins.observation()[5] < caps.observation()[5]);
}

TEST_CASE("the observation holds what ran while we thought, and for how long") {
  const PlantDescription plant = sample_plant();
  LearnedGovernor governor(sample_policy());
  governor.reset(scope_of(plant));
  // Layout: effective[2] utilization[2] previous_action[2] t_as vector_to_go[2].
  const Setting first = governor.decide({telemetry_at(1.0, 3e8, 2e8)}).setting;
  CHECK(governor.observation()[4] == 1.0F);  // before the first decision: what the board ran
  (void)governor.decide({telemetry_at(1.5), 0.05});
  CHECK(governor.observation()[4] == static_cast<float>(first[0].floor) - 1.0F);
  CHECK(governor.observation()[6] == doctest::Approx(0.1));
}

TEST_CASE("a plant that the policy was not trained for is refused with the difference") {
  const PolicyFile file = sample_policy();
  PlantDescription plant = sample_plant();
  CHECK(refusal(file, plant).empty());
  plant.board = "nano-4gb";
  CHECK(refusal(file, plant) == "the policy was trained for board test-board, this is nano-4gb");
  plant = sample_plant();
  plant.knobs[1].name = "emc";
  CHECK(refusal(file, plant) == "the policy turns cpu, gpu, it was given cpu, emc");
  plant = sample_plant();
  plant.knobs[0].levels.pop_back();
  CHECK(refusal(file, plant) == "knob cpu: the policy was trained on 3 levels, this plant has 2");
  plant = sample_plant();
  plant.knobs[1].levels[3] = 9e8;
  CHECK(refusal(file, plant) ==
        "knob gpu: level 3 is 800000000 in the policy and 900000000 on this plant");
}

TEST_CASE("a policy that needs the application is refused where there is none") {
  std::mt19937_64 random(1);
  PolicyFile file = sample_policy();
  file.metadata.encoder.with_queue = true;
  file.tensors["cost.0.weight"] = random_tensor({16, 10}, random);
  file.tensors["constraint.0.weight"] = random_tensor({16, 10}, random);
  PlantDescription plant = sample_plant();
  CHECK(refusal(file, plant).empty());
  plant.has_application = false;
  CHECK(refusal(file, plant).find("no application source") != std::string::npos);
}

TEST_CASE("limits without a supported action are refused") {
  PolicyFile file = sample_policy();
  file.metadata.support.assign(12, 0);
  file.metadata.support[0] = 1;
  CHECK(refusal(file, sample_plant()).find("no joint action") != std::string::npos);
}

TEST_CASE("where telemetry is absent or not a number the kernel's governors decide") {
  const PlantDescription plant = sample_plant();
  LearnedGovernor governor(sample_policy());
  governor.reset(scope_of(plant));
  CHECK(governor.decide({telemetry_at(1.0)}).setting != full_range());
  Telemetry telemetry = telemetry_at(1.5);
  telemetry.domains.clear();
  CHECK(governor.decide({telemetry}).setting == full_range());
  telemetry = telemetry_at(2.0);
  telemetry.domains.refill(2.0)[1].utilization = std::numeric_limits<double>::quiet_NaN();
  telemetry.domains.refill(2.0)[1].busy_seconds.reset();
  const Decision left = governor.decide({telemetry});
  CHECK(left.setting == full_range());
  CHECK(left.decided_by == DecidedBy::kResident);
  CHECK(governor.last_action().empty());
  CHECK(governor.fallbacks() == 2);
  const Decision decided = governor.decide({telemetry_at(2.5)});
  CHECK(decided.setting != full_range());
  CHECK(decided.decided_by == DecidedBy::kPolicy);
  CHECK(governor.last_action().size() == 2);
}

TEST_CASE("where the networks overflow the kernel's governors decide") {
  const PlantDescription plant = sample_plant();
  for (const char* const network : {"cost", "constraint"}) {
    CAPTURE(network);
    PolicyFile file = sample_policy();
    // Finite, as the file has to be; their sums are not.
    for (const char* const part : {".0.weight", ".0.bias", ".1.weight", ".1.bias"}) {
      for (float& value : file.tensors.at(std::string(network) + part).values) value = 3e38F;
    }
    LearnedGovernor governor(file);
    governor.reset(scope_of(plant));
    const Decision decision = governor.decide({telemetry_at(1.0)});
    CHECK(decision.setting == full_range());
    CHECK(decision.decided_by == DecidedBy::kResident);
    CHECK(governor.fallbacks() == 1);
  }
}

TEST_CASE("a guarded governor hands over in states that its policy does not know") {
  const PlantDescription plant = sample_plant();
  PolicyFile file = sample_policy();
  const std::size_t inputs = observation_names(file.metadata).size();
  std::vector<float> ends(inputs, -2.0F);
  ends.resize(2 * inputs, 2.0F);
  file.tensors[kKnownStates] = {{2, inputs}, ends};
  for (const bool is_known : {true, false}) {
    if (!is_known) file.tensors[kKnownStates].values[0] = 1.9F;
    LearnedGovernor governor(file);
    governor.guard({});
    governor.reset(scope_of(plant));
    CHECK((governor.decide({telemetry_at(1.0)}).decided_by == DecidedBy::kPolicy) == is_known);
  }
}

TEST_CASE("a learned decision allocates nothing") {
  const PlantDescription plant = sample_plant();
  LearnedGovernor governor(sample_policy());
  governor.reset(scope_of(plant));
  const Telemetry good = telemetry_at(1.0);
  Telemetry bad = telemetry_at(2.0);
  bad.domains.clear();
  const std::size_t before = allocation_count();
  for (int i = 0; i < 100; ++i) {
    (void)governor.decide({good});
    (void)governor.decide({bad});
  }
  CHECK(allocation_count() == before);
}

TEST_CASE("a guarded governor hands over where a request is late, at first to the highest clocks") {
  const PlantDescription plant = sample_plant();
  LearnedGovernor governor(sample_policy());
  governor.guard({});
  governor.reset(scope_of(plant));
  Telemetry telemetry = telemetry_at(1.0);
  telemetry.application.refill(1.0).slack_seconds = 0.1;
  CHECK(governor.decide({telemetry}).decided_by == DecidedBy::kPolicy);
  telemetry = telemetry_at(1.5);
  telemetry.application.refill(1.5).slack_seconds = -0.1;
  const Decision late = governor.decide({telemetry});
  CHECK(late.decided_by == DecidedBy::kResident);
  CHECK(late.setting == Setting::pinned(std::vector<Level>{2, 2}));
  CHECK(governor.last_action().empty());
  telemetry = telemetry_at(1.6);
  telemetry.application.refill(1.6).slack_seconds = 0.1;
  CHECK(governor.decide({telemetry}).setting == full_range());
  CHECK(governor.fallbacks() == 0);
  REQUIRE(governor.guard_report());
  CHECK(governor.guard_report()->turns == 1);
  CHECK(governor.guard_report()->seconds == doctest::Approx(0.6));
}

TEST_CASE("between two decisions a late request raises to the highest clocks, once") {
  const PlantDescription plant = sample_plant();
  LearnedGovernor governor(sample_policy());
  governor.guard({});
  governor.reset(scope_of(plant));
  Telemetry telemetry = telemetry_at(1.0);
  telemetry.application.refill(1.0).slack_seconds = 0.1;
  CHECK_FALSE(governor.decide_early(telemetry));  // nothing was decided yet
  CHECK(governor.decide({telemetry}).decided_by == DecidedBy::kPolicy);
  telemetry = telemetry_at(1.1);
  telemetry.application.refill(1.1).slack_seconds = 0.05;
  CHECK_FALSE(governor.decide_early(telemetry));
  CHECK_FALSE(governor.last_action().empty());
  telemetry = telemetry_at(1.2);
  telemetry.application.refill(1.2).slack_seconds = -0.01;
  const std::optional<Decision> late = governor.decide_early(telemetry);
  REQUIRE(late);
  CHECK(late->decided_by == DecidedBy::kResident);
  CHECK(late->setting == Setting::pinned(std::vector<Level>{2, 2}));
  CHECK(governor.last_action().empty());
  CHECK_FALSE(governor.decide_early(telemetry));
  REQUIRE(governor.guard_report());
  CHECK(governor.guard_report()->turns == 1);

  LearnedGovernor unguarded(sample_policy());
  unguarded.reset(scope_of(plant));
  (void)unguarded.decide({telemetry_at(1.0)});
  CHECK_FALSE(unguarded.decide_early(telemetry));
}

TEST_CASE("other limits begin a new episode, not a new account of what was left to the kernel") {
  PlantDescription plant = sample_plant();
  LearnedGovernor governor(sample_policy());
  governor.guard({});
  governor.reset(scope_of(plant));
  Telemetry telemetry = telemetry_at(1.0);
  telemetry.domains.clear();
  (void)governor.decide({telemetry});
  (void)governor.decide({telemetry_at(1.5)});
  plant.limits[1].ceiling = 1;
  governor.reset(scope_of(plant));
  (void)governor.decide({telemetry_at(3.0)});
  telemetry.time_seconds = 3.5;
  (void)governor.decide({telemetry});
  CHECK(governor.fallbacks() == 2);
  REQUIRE(governor.guard_report());
  CHECK(governor.guard_report()->seconds == doctest::Approx(1.0));  // not the time between
}
