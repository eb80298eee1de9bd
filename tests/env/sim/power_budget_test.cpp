#include "env/sim/power_budget.h"

#include <doctest/doctest.h>

#include <cmath>

#include "env/sim/engine.h"
#include "tests/support/small_board.h"

using namespace flyball;
using doctest::Approx;

namespace {

constexpr std::size_t kGpu = 1;

PowerBudgetConfig round_numbers() {
  PowerBudgetConfig config;
  config.time_constant_seconds = 0.5;
  config.step_seconds = 0.25;
  config.hysteresis_watts = 1.0;
  return config;
}

// Runs the ladder's own events up to `until`, at constant power.
void advance(PowerBudget& budget, double until) {
  while (budget.next_seconds() <= until) {
    budget.settle(budget.next_seconds());
    budget.run();
  }
  budget.settle(until);
}

// Saturated, 8, 5, 4 W at 400, 200, 100 MHz.
SimConfig saturated(double budget_watts) {
  SimConfig config = small_config(ClosedLoop{1000000, 4, {}});
  config.mode.budget_watts = budget_watts;
  return config;
}

}  // namespace

TEST_CASE("the ladder goes down when the average crosses the budget, not before") {
  PowerBudget budget(round_numbers(), 6.0, 3);
  budget.publish(2.0);
  advance(budget, 1.0);
  CHECK(budget.next_seconds() > 1e9);
  budget.publish(10.0);  // 10 - 8 exp(-t / 0.5) reaches 6 after 0.5 ln 2
  CHECK(budget.next_seconds() == Approx(1.0 + 0.5 * std::log(2.0)));
  advance(budget, 1.0 + 0.5 * std::log(2.0) + 0.01);
  CHECK(budget.rung() == 1);
  CHECK(budget.average_watts() == Approx(10.0 - 4.0 * std::exp(-0.02)));
}

TEST_CASE("steps keep their distance and stop at the last rung") {
  PowerBudget budget(round_numbers(), 6.0, 3);
  budget.publish(10.0);  // starts settled: over at once
  advance(budget, 0.0);
  CHECK(budget.rung() == 1);
  advance(budget, 0.249);
  CHECK(budget.rung() == 1);
  advance(budget, 0.251);
  CHECK(budget.rung() == 2);
  advance(budget, 10.0);
  CHECK(budget.rung() == 3);
  CHECK(budget.next_seconds() > 1e9);
}

TEST_CASE("a rung is given back below the hysteresis only") {
  PowerBudget budget(round_numbers(), 6.0, 3);
  budget.publish(6.1);
  advance(budget, 0.1);
  REQUIRE(budget.rung() == 1);
  budget.publish(5.5);  // between 5 and 6: stays
  advance(budget, 20.0);
  CHECK(budget.rung() == 1);
  budget.publish(4.0);  // 4 + 1.5 exp(-t / 0.5) reaches 5 after 0.5 ln 1.5
  CHECK(budget.next_seconds() == Approx(20.0 + 0.5 * std::log(1.5)).epsilon(1e-6));
  advance(budget, 30.0);
  CHECK(budget.rung() == 0);
}

TEST_CASE("a step down holds, a step back does not keep the next one down from coming") {
  PowerBudget budget(round_numbers(), 6.0, 1);
  budget.publish(10.0);
  advance(budget, 0.0);
  REQUIRE(budget.rung() == 1);
  budget.publish(0.1);  // 9.9 exp(-t / 0.5) + 0.1 is 5 after 0.35 s
  advance(budget, 0.3);
  CHECK(budget.rung() == 1);
  advance(budget, 0.36);
  CHECK(budget.rung() == 0);
  budget.publish(20.0);  // back at 6 after 0.5 ln(15.1 / 14) = 0.04 s
  advance(budget, 0.41);
  CHECK(budget.rung() == 1);
}

TEST_CASE("without a budget nothing is held down") {
  PowerBudget budget(round_numbers(), std::nullopt, 3);
  budget.publish(1000.0);
  CHECK(budget.next_seconds() > 1e9);
}

TEST_CASE("the averaged power of a saturated board stays at its budget") {
  for (const double watts : {5.5, 6.0, 7.0}) {
    for (const auto kind :
         {PowerBudgetConfig::Throttling::kLevels, PowerBudgetConfig::Throttling::kHalving}) {
      SimConfig config = saturated(watts);
      config.power_budget.throttling = kind;
      config.power_budget.hysteresis_watts = 0.2;
      config.power_budget.step_seconds = 0.05;
      Engine engine(std::move(config));
      engine.advance_to(100.0);
      const double before = engine.truth().energy_joules;
      engine.advance_to(1100.0);
      const double average = (engine.truth().energy_joules - before) / 1000.0;
      CAPTURE(watts);
      CHECK(average < watts);
      CHECK(average > watts - 0.25);
      CHECK(engine.truth().power_capped_seconds > 100.0);
      // The share of the time at the top is what the powers there and a rung down leave.
      const double top = engine.truth().residency_seconds[kGpu][2] / engine.truth().seconds;
      CHECK(top == Approx((average - 5.0) / 3.0).epsilon(0.02));
    }
  }
}

TEST_CASE("a budget that is not reached changes nothing") {
  Engine limited(saturated(9.0));
  Engine free(small_config(ClosedLoop{1000000, 4, {}}));
  limited.advance_to(100.0);
  free.advance_to(100.0);
  CHECK(limited.truth().energy_joules == free.truth().energy_joules);
  CHECK(limited.truth().power_capped_seconds == 0.0);
}

TEST_CASE("holding the clocks down shows in the effective frequency, not in the requested one") {
  Engine engine(saturated(4.5));
  engine.advance_to(100.0);
  Telemetry telemetry;
  engine.fill(telemetry);
  const DomainTelemetry& gpu = (*telemetry.domains)[kGpu];
  CHECK(gpu.requested_hz == 400e6);
  CHECK(gpu.ceiling_hz == 400e6);
  CHECK(gpu.effective_hz < 400e6);
  CHECK(engine.budget_rung() > 0);
}

TEST_CASE("a budget is checked when the simulation is made") {
  SimConfig config = saturated(0.4);
  CHECK_THROWS_WITH_AS(Engine{config},
                       "mode.budget_watts = 0.4: must be > power_budget.hysteresis_watts",
                       std::invalid_argument);
  config = saturated(5.0);
  config.power_budget.step_seconds = 0.0;
  CHECK_THROWS_WITH_AS(Engine{config}, "power_budget.step_seconds = 0: must be in [0.001, 1e+08]",
                       std::invalid_argument);
}
