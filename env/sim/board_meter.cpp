#include "env/sim/board_meter.h"

#include <algorithm>
#include <cmath>

#include "env/module_power.h"

namespace flyball {

namespace {

double to_step(double value, double step) {
  return step > 0.0 ? std::round(value / step) * step : value;
}

}  // namespace

double quantised_watts(const SensorConfig& sensor, double watts) {
  const double shown_volts = to_step(sensor.supply_volts, sensor.volt_step);
  return shown_volts * to_step(watts / sensor.supply_volts, sensor.ampere_step);
}

BoardMeter::BoardMeter(const Board& board, const SensorConfig& sensor)
    : board_(board), rails_(board.rails.size()), sensor_(sensor) {}

void BoardMeter::settle(double now_seconds, SimTruth& truth) {
  const double elapsed = now_seconds - settled_seconds_;
  if (elapsed <= 0.0) return;
  settled_seconds_ = now_seconds;
  const double keep = sensor_.time_constant_seconds > 0.0
                          ? std::exp(-elapsed / sensor_.time_constant_seconds)
                          : 0.0;
  for (std::size_t r = 0; r < rails_; ++r) {
    truth.rail_joules[r] += watts_[r] * elapsed;
    filtered_watts_[r] = watts_[r] + (filtered_watts_[r] - watts_[r]) * keep;
  }
  truth.energy_joules += total_watts_ * elapsed;
}

void BoardMeter::publish(std::span<const double> rail_watts) {
  std::copy(rail_watts.begin(), rail_watts.end(), watts_.begin());
  total_watts_ = module_power(board_, std::span<const double>(watts_).first(rails_));
  if (!started_) filtered_watts_ = watts_;
  started_ = true;
}

void BoardMeter::read_rails(std::mt19937_64& random,
                            std::vector<std::optional<double>>& watts) const {
  watts.resize(rails_);
  for (std::size_t r = 0; r < rails_; ++r) {
    double reading = filtered_watts_[r];
    if (sensor_.noise_watts > 0.0) {
      reading += std::normal_distribution<double>(0.0, sensor_.noise_watts)(random);
    }
    watts[r] = quantised_watts(sensor_, std::max(reading, 0.0));
  }
}

}  // namespace flyball
