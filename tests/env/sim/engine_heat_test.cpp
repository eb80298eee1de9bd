#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "env/sim/engine.h"
#include "tests/support/small_board.h"

using namespace flyball;
using doctest::Approx;

namespace {

constexpr std::size_t kGpu = 1;
constexpr std::uint64_t kEndless = std::numeric_limits<std::uint64_t>::max() / 4;

// Saturated: 8, 5, 4 W at 400, 200, 100 MHz; passive trip 90, critical 95.
SimConfig saturated(double kelvin_per_watt) {
  SimConfig config = small_config(ClosedLoop{kEndless, 4, {}});
  config.thermal.kelvin_per_watt = kelvin_per_watt;
  config.thermal.time_constant_seconds = 60.0;
  config.thermal.junction_kelvin_per_watt = 0.5;
  return config;
}

double celsius(Engine& engine) {
  Telemetry telemetry;
  engine.fill(telemetry);
  return *telemetry.temperatures_celsius->front();
}

double sum(const std::vector<double>& values) {
  double total = 0.0;
  for (const double value : values) total += value;
  return total;
}

}  // namespace

TEST_CASE("a board at constant power reaches the closed form's temperature") {
  Engine engine(saturated(4.0));
  engine.advance_to(2000.0);
  CHECK(celsius(engine) == Approx(25.0 + 8.0 * 4.5).epsilon(1e-4));
  CHECK(engine.thermal().sink_celsius() == Approx(25.0 + 8.0 * 4.0).epsilon(1e-4));
  CHECK(engine.truth().thermal_capped_seconds == 0.0);
}

TEST_CASE("the passive trip holds the temperature by taking levels off and giving them back") {
  Engine engine(saturated(9.0));  // 101 at 8 W, 72.5 at 5 W
  engine.advance_to(300.0);
  double hottest = 0.0;
  double coolest = 200.0;
  for (int i = 0; i < 2000; ++i) {
    engine.advance_to(300.0 + i);
    hottest = std::max(hottest, celsius(engine));
    coolest = std::min(coolest, celsius(engine));
  }
  CHECK(hottest < 93.0);
  CHECK(coolest > 84.0);
  const SimTruth& truth = engine.truth();
  CHECK(truth.thermal_capped_seconds > 300.0);
  CHECK(truth.thermal_capped_seconds < truth.seconds - 300.0);
  CHECK(truth.residency_seconds[kGpu][2] > 300.0);
  CHECK_FALSE(truth.shut_down_seconds.has_value());
}

TEST_CASE("while throttled the request itself is lowered, as the kernel's cooling devices do") {
  SimConfig config = saturated(30.0);  // too hot at any level, slowly
  config.thermal.time_constant_seconds = 1000.0;
  Engine engine(config);
  engine.advance_to(450.0);
  REQUIRE(engine.truth().thermal_capped_seconds > 0.0);
  Telemetry telemetry;
  engine.fill(telemetry);
  CHECK((*telemetry.domains)[kGpu].ceiling_hz < 400e6);
  CHECK((*telemetry.domains)[kGpu].requested_hz == (*telemetry.domains)[kGpu].ceiling_hz);
}

TEST_CASE("at the critical trip the board goes off and the run ends with its work undone") {
  SimConfig config = saturated(40.0);
  config.thermal.time_constant_seconds = 100.0;
  Engine engine(config);
  engine.advance_to(3600.0);
  const SimTruth& truth = engine.truth();
  REQUIRE(truth.shut_down_seconds.has_value());
  CHECK(*truth.shut_down_seconds < 200.0);
  CHECK(engine.is_finished());
  CHECK_FALSE(truth.finished_seconds.has_value());
  CHECK(truth.unserved > 0);
  Telemetry telemetry;
  engine.fill(telemetry);
  CHECK(telemetry.application->finished);
  const double joules = truth.energy_joules;
  const std::uint64_t served = truth.served;
  engine.request(kGpu, 0);
  engine.set_lease_limits(kGpu, LevelRange{0, 1});
  engine.advance_to(7200.0);
  CHECK(engine.truth().energy_joules == joules);
  CHECK(engine.truth().served == served);
  CHECK(engine.truth().seconds == 7200.0);
  CHECK(engine.true_watts() == 0.0);
}

TEST_CASE("a step of the ambient temperature moves the board by as much") {
  SimConfig config = saturated(4.0);
  config.thermal.ambient_steps = {{2000.0, 45.0}};
  Engine engine(config);
  engine.advance_to(1999.99);
  const double before = celsius(engine);
  engine.advance_to(2002.0);
  const double after_two_seconds = celsius(engine);
  CHECK(after_two_seconds > before);
  CHECK(after_two_seconds < before + 2.0);
  engine.advance_to(4000.0);
  CHECK(celsius(engine) == Approx(before + 20.0).epsilon(1e-4));
}

TEST_CASE("the fan cools the board and its power is drawn but does not heat it") {
  SimConfig config = saturated(6.0);
  config.thermal.fan.steps = {{50.0, 255.0, 10.0}};
  config.thermal.fan.full_watts = 1.5;
  config.thermal.fan.full_conductance = 2.0;
  Engine engine(config);
  engine.advance_to(2000.0);
  CHECK(celsius(engine) == Approx(25.0 + 8.0 * 3.5).epsilon(1e-4));
  CHECK(engine.true_watts() == Approx(9.5));
  CHECK(sum(engine.truth().rail_joules) == Approx(engine.truth().energy_joules).epsilon(1e-12));
}

TEST_CASE("energy is the sum of the rails times time, heat, budget and fan included") {
  SimConfig config = roofline_config(ClosedLoop{kEndless, 8, {}});
  config.mode.budget_watts = 8.0;
  config.thermal.kelvin_per_watt = 8.0;
  config.thermal.time_constant_seconds = 20.0;
  config.thermal.fan.steps = {{45.0, 128.0, 5.0}};
  config.thermal.fan.full_watts = 1.0;
  Engine engine(config);
  double joules = 0.0;
  for (int i = 1; i <= 20000; ++i) {  // power is constant between events: sampled in small steps
    engine.advance_to(0.005 * i);
    joules += 0.005 * engine.true_watts();
  }
  CHECK(sum(engine.truth().rail_joules) == Approx(engine.truth().energy_joules).epsilon(1e-12));
  CHECK(joules == Approx(engine.truth().energy_joules).epsilon(0.01));
}

TEST_CASE("power rises with frequency, activity and temperature") {
  const Board board = small_board();
  const RooflineModel model(board, small_electrical(), small_workload());
  const auto watts = [&](double gpu_hz, double activity, double temperature) {
    Electrical leaky = small_electrical();
    leaky.leakage_per_kelvin = 0.01;
    const RooflineModel with_leakage(board, leaky, small_workload());
    BoardState state;
    state.effective_hz = {0.5e9, gpu_hz, 0.8e9};
    state.activity = {1.0, activity, activity};
    state.cpus_online = {2, 0, 0};
    state.gpu_powered = true;
    state.celsius = temperature;
    std::vector<double> rails(3);
    with_leakage.rail_watts(state, rails);
    return sum(rails);
  };
  double before = 0.0;
  for (const double gpu_hz : {100e6, 150e6, 200e6, 400e6}) {
    CHECK(watts(gpu_hz, 0.5, 25.0) > before);
    before = watts(gpu_hz, 0.5, 25.0);
  }
  CHECK(watts(200e6, 0.6, 25.0) > watts(200e6, 0.5, 25.0));
  CHECK(watts(200e6, 0.5, 80.0) > watts(200e6, 0.5, 25.0));
}

TEST_CASE("wrong heat is refused by the key's name") {
  SimConfig config = saturated(4.0);
  config.thermal.ambient_steps = {{10.0, 30.0}, {5.0, 30.0}};
  CHECK_THROWS_WITH_AS(Engine{config},
                       "thermal.ambient_steps[1].time_seconds = 5: must be ascending from 0",
                       std::invalid_argument);
  config = saturated(4.0);
  config.thermal.fan.steps = {{50.0, 200.0, 5.0}, {60.0, 100.0, 5.0}};
  CHECK_THROWS_WITH_AS(
      Engine{config},
      "thermal.fan.steps[1].pwm = 100: must be in [0, 255] and not below the entry before it",
      std::invalid_argument);
}
