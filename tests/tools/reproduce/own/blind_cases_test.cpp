#include "tools/reproduce/own/blind_cases.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>

#include "tools/config/config_directory.h"
#include "tools/config/scenario.h"
#include "tools/config/train_config.h"
#include "tools/reproduce/own/delay_policy.h"

using namespace flyball;
using doctest::Approx;

namespace {

const BlindVariant& variant_of(const std::string& name) {
  const auto all = blind_variants();
  const auto it = std::find_if(all.begin(), all.end(),
                               [&](const BlindVariant& variant) { return variant.name == name; });
  REQUIRE(it != all.end());
  return *it;
}

}  // namespace

TEST_CASE(
    "every shipped scenario with deadlines is judged, once: blind, where delay is large, or where "
    "fine-tuning is decided") {
  std::multiset<std::string> listed;
  for (const BlindScenario& scenario : blind_scenarios()) listed.insert(scenario.id);
  for (const char* id : delay_scenarios()) listed.insert(id);
  listed.insert("fine-tuning-agx-orin");  // reproduce finetune
  std::size_t with_deadlines = 0;
  for (const std::string& name : list_configs("scenarios")) {
    const Scenario scenario = load_scenario(name);
    const bool is_timed = scenario.arrivals.deadline_seconds && scenario.objective.in_time_share;
    CAPTURE(scenario.id);
    CHECK(listed.count(scenario.id) == (is_timed ? 1 : 0));
    with_deadlines += is_timed ? 1 : 0;
  }
  CHECK(with_deadlines >= 14);
}

TEST_CASE("every scenario is learned from itself and validated there") {
  for (const BlindScenario& scenario : blind_scenarios()) {
    CAPTURE(scenario.id);
    const ChangingCase which = load_blind_case(scenario.id);
    CHECK(which.scenario.id == scenario.id);
    REQUIRE(which.training.simulations.size() == 1);
    CHECK(which.training.simulations.front().scenario == scenario.id);
    REQUIRE(which.training.validation);
    CHECK(which.training.validation->scenario == scenario.id);
    CHECK(which.training.spans.knobs == which.scenario.control.knobs);
  }
}

TEST_CASE("a scenario without deadlines is no case") {
  CHECK_THROWS_AS(load_blind_case("quickstart"), std::runtime_error);
  CHECK_THROWS_AS(load_blind_case("no-such-scenario"), std::runtime_error);
}

TEST_CASE("deadlines and load are changed in the scenario, a trace has no other rate") {
  const Scenario rushes = load_scenario("rushes-agx-xavier");
  CHECK(*changed(rushes, variant_of("deadline x0.7"))->arrivals.deadline_seconds == Approx(0.14));
  const Scenario busy = *changed(rushes, variant_of("load x1.5"));
  const auto& states = std::get<BurstyArrivals>(busy.arrivals.source).states;
  CHECK(states[0].groups_per_second == Approx(4.5));
  CHECK(states[1].groups_per_second == Approx(37.5));
  CHECK(*busy.arrivals.deadline_seconds == 0.2);
  const Scenario cameras = *changed(load_scenario("cameras-xavier-nx"), variant_of("load x0.5"));
  CHECK(std::get<CameraArrivals>(cameras.arrivals.source).frames_per_second == Approx(5.0));
  const Scenario bursts = *changed(load_scenario("bursts-agx-xavier"), variant_of("load x0.5"));
  CHECK(std::get<PoissonArrivals>(bursts.arrivals.source).groups_per_second == Approx(10.0));
  const Scenario trace = load_scenario("trace-xavier-nx");
  CHECK_FALSE(changed(trace, variant_of("load x1.5")));
  CHECK(changed(trace, variant_of("deadline x0.7")));
}

TEST_CASE("logs are changed in the recipe") {
  const TrainConfig recipe = load_train_config("bursts-agx-xavier");
  const auto log = [&](const char* name) {
    return changed(recipe, variant_of(name)).simulations.front().log;
  };
  CHECK(*log("15 minutes of log").duration_seconds == 900.0);
  CHECK(*log("30 minutes of log").duration_seconds == 1800.0);
  CHECK(log("5 % exploration").explore == 0.05);
  CHECK(*log("5 % exploration").duration_seconds == 7200.0);
  CHECK(*log("load x1.5").duration_seconds == 7200.0);
  for (const BlindVariant& variant : blind_variants()) {
    CHECK(variant.is_trained() == !(variant.deadline_factor != 1.0 || variant.load_factor != 1.0));
  }
}
