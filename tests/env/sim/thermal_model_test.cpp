#include "env/sim/thermal_model.h"

#include <doctest/doctest.h>

#include <cmath>
#include <utility>

using namespace flyball;
using doctest::Approx;

namespace {

ThermalConfig two_stages() {
  ThermalConfig config;
  config.ambient_celsius = 20.0;
  config.kelvin_per_watt = 3.0;
  config.time_constant_seconds = 90.0;  // 30 J/K
  config.junction_kelvin_per_watt = 1.0;
  config.junction_time_constant_seconds = 4.0;  // 4 J/K
  return config;
}

// The same two differential equations, in small steps (Runge-Kutta of fourth order).
std::pair<double, double> integrated(double seconds, double watts, double ambient) {
  double junction = ambient;
  double sink = ambient;
  const int steps = 20000;
  const double h = seconds / steps;
  const auto slope = [&](double j, double s) {
    return std::pair{(watts - (j - s) / 1.0) / 4.0, ((j - s) / 1.0 - (s - ambient) / 3.0) / 30.0};
  };
  for (int i = 0; i < steps; ++i) {
    const auto [j1, s1] = slope(junction, sink);
    const auto [j2, s2] = slope(junction + 0.5 * h * j1, sink + 0.5 * h * s1);
    const auto [j3, s3] = slope(junction + 0.5 * h * j2, sink + 0.5 * h * s2);
    const auto [j4, s4] = slope(junction + h * j3, sink + h * s3);
    junction += h * (j1 + 2 * j2 + 2 * j3 + j4) / 6.0;
    sink += h * (s1 + 2 * s2 + 2 * s3 + s4) / 6.0;
  }
  return {junction, sink};
}

FanConfig small_fan() {
  FanConfig fan;
  fan.steps = {{40.0, 51.0, 5.0}, {60.0, 255.0, 10.0}};
  fan.full_watts = 2.0;
  fan.full_conductance = 3.0;
  return fan;
}

}  // namespace

TEST_CASE("one stage warms towards ambient plus resistance times power") {
  ThermalConfig config;
  config.ambient_celsius = 20.0;
  config.kelvin_per_watt = 3.0;
  config.time_constant_seconds = 100.0;
  ThermalModel model(config);
  CHECK(model.junction_celsius() == 20.0);
  model.advance(100.0, 10.0);
  CHECK(model.junction_celsius() == Approx(50.0 - 30.0 * std::exp(-1.0)));
  model.advance(5000.0, 10.0);
  CHECK(model.junction_celsius() == Approx(50.0));
  CHECK(model.sink_celsius() == model.junction_celsius());
}

TEST_CASE("two stages settle at the sums of their resistances") {
  ThermalModel model(two_stages());
  model.advance(1e5, 10.0);
  CHECK(model.sink_celsius() == Approx(20.0 + 30.0));
  CHECK(model.junction_celsius() == Approx(20.0 + 40.0));
  model.advance(1e5, 0.0);
  CHECK(model.junction_celsius() == Approx(20.0));
}

TEST_CASE("the step response of two stages is that of their differential equations") {
  for (const double seconds : {0.5, 4.0, 30.0, 200.0}) {
    ThermalModel model(two_stages());
    model.advance(seconds, 10.0);
    const auto [junction, sink] = integrated(seconds, 10.0, 20.0);
    CAPTURE(seconds);
    CHECK(model.junction_celsius() == Approx(junction).epsilon(1e-8));
    CHECK(model.sink_celsius() == Approx(sink).epsilon(1e-8));
  }
}

TEST_CASE("how often the time is cut does not matter") {
  ThermalModel coarse(two_stages());
  ThermalModel fine(two_stages());
  coarse.advance(60.0, 7.0);
  for (int i = 0; i < 6000; ++i) fine.advance(0.01, 7.0);
  CHECK(fine.junction_celsius() == Approx(coarse.junction_celsius()).epsilon(1e-10));
  CHECK(fine.sink_celsius() == Approx(coarse.sink_celsius()).epsilon(1e-10));
}

TEST_CASE("the ambient temperature changes in steps at their times") {
  ThermalConfig config = two_stages();
  config.ambient_steps = {{10.0, 30.0}, {500.0, -5.0}};
  ThermalModel model(config);
  CHECK(model.next_ambient_seconds() == 10.0);
  model.change_ambient(9.9);
  CHECK(model.ambient_celsius() == 20.0);
  model.change_ambient(10.0);
  CHECK(model.ambient_celsius() == 30.0);
  CHECK(model.next_ambient_seconds() == 500.0);
  model.advance(1e5, 0.0);
  CHECK(model.junction_celsius() == Approx(30.0));
  model.change_ambient(500.0);
  CHECK(model.next_ambient_seconds() > 1e9);
}

TEST_CASE("the fan takes its steps upward at once and leaves them below the hysteresis") {
  ThermalConfig config = two_stages();
  config.fan = small_fan();
  ThermalModel model(config);
  model.control_fan();
  CHECK(model.fan_pwm() == 0.0);
  CHECK(model.fan_watts() == 0.0);
  model.advance(1e5, 6.0);  // 44
  model.control_fan();
  CHECK(model.fan_pwm() == 51.0);
  CHECK(model.fan_watts() == Approx(2.0 * 0.2 * 0.2 * 0.2));
  model.advance(1e5, 6.0);  // conductance 1.4: 20 + 6 * (1 + 3 / 1.4) = 38.9, above 35
  CHECK(model.junction_celsius() == Approx(20.0 + 6.0 * (1.0 + 3.0 / 1.4)));
  model.control_fan();
  CHECK(model.fan_pwm() == 51.0);
  model.advance(1e5, 14.0);  // 64
  model.control_fan();
  CHECK(model.fan_pwm() == 255.0);
  CHECK(model.fan_watts() == Approx(2.0));
  model.advance(1e5, 14.0);  // a third of the resistance: 48
  CHECK(model.junction_celsius() == Approx(20.0 + 14.0 * 2.0));
  model.control_fan();  // below 60 - 10, not below 40 - 5
  CHECK(model.fan_pwm() == 51.0);
  model.advance(1e5, 1.0);
  model.control_fan();
  CHECK(model.fan_pwm() == 0.0);
}
