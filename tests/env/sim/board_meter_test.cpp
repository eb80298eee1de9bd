#include "env/sim/board_meter.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace flyball;
using doctest::Approx;

namespace {

SensorConfig exact_sensor() {
  SensorConfig sensor;
  sensor.volt_step = 0.0;
  sensor.ampere_step = 0.0;
  return sensor;
}

Board board_of(std::size_t rails, std::vector<std::size_t> module_rails) {
  Board board;
  board.rails.resize(rails);
  board.module_rails = std::move(module_rails);
  return board;
}

double reading(const BoardMeter& meter) {
  std::mt19937_64 random(1);
  std::vector<std::optional<double>> watts;
  meter.read_rails(random, watts);
  return *watts[0];
}

}  // namespace

TEST_CASE("a step of power shows through a first-order filter of 0.42 s") {
  const Board board = board_of(1, {0});
  BoardMeter meter(board, exact_sensor());
  SimTruth truth;
  truth.rail_joules = {0.0};
  const std::vector<double> low = {2.0};
  const std::vector<double> high = {10.0};
  meter.publish(low);
  meter.settle(1.0, truth);
  CHECK(reading(meter) == Approx(2.0));
  meter.publish(high);
  meter.settle(1.42, truth);
  CHECK(reading(meter) == Approx(10.0 - 8.0 * std::exp(-1.0)));
  meter.settle(1.84, truth);
  CHECK(reading(meter) == Approx(10.0 - 8.0 * std::exp(-2.0)));
  CHECK(truth.energy_joules == Approx(2.0 + 0.84 * 10.0));
}

TEST_CASE("the filter's response does not depend on how often it is settled") {
  SimTruth truth;
  truth.rail_joules = {0.0};
  const std::vector<double> watts = {5.0};
  const std::vector<double> none = {0.0};
  const Board board = board_of(1, {0});
  BoardMeter coarse(board, exact_sensor());
  BoardMeter fine(board, exact_sensor());
  for (BoardMeter* meter : {&coarse, &fine}) {
    meter->publish(none);
    meter->publish(watts);
  }
  coarse.settle(1.0, truth);
  for (int i = 1; i <= 1000; ++i) fine.settle(0.001 * i, truth);
  CHECK(reading(fine) == Approx(reading(coarse)));
}

TEST_CASE("readings come in steps of 8 mV and 8 mA") {
  SensorConfig sensor;                                         // 5 V is 625 steps of 8 mV
  CHECK(quantised_watts(sensor, 5.0) == Approx(5.0));          // 1 A is 125 steps
  CHECK(quantised_watts(sensor, 5.0 * 1.003) == Approx(5.0));  // less than half a step
  CHECK(quantised_watts(sensor, 5.0 * 1.005) == Approx(5.0 * 1.008));
  sensor.supply_volts = 19.003;
  CHECK(quantised_watts(sensor, 19.003) == Approx(19.0 * 1.0));  // 19.003 V shows as 19.000
}

TEST_CASE("the module is the stated sum of its rails") {
  const std::vector<double> watts = {1.0, 2.0, 4.0};
  const Board summed = board_of(3, {0, 2});
  BoardMeter sum(summed, exact_sensor());
  sum.publish(watts);
  CHECK(sum.true_watts() == 5.0);
  const Board whole = board_of(3, {2});
  BoardMeter total(whole, exact_sensor());
  total.publish(watts);
  CHECK(total.true_watts() == 4.0);
}
