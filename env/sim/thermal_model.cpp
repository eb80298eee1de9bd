#include "env/sim/thermal_model.h"

#include <algorithm>
#include <cmath>

namespace flyball {

ThermalModel::ThermalModel(const ThermalConfig& config)
    : config_(config),
      junction_(config.ambient_celsius),
      sink_(config.ambient_celsius),
      ambient_(config.ambient_celsius) {
  set_conductance();
}

void ThermalModel::set_conductance() {
  const double pwm = fan_pwm() / 255.0;
  const double conductance = 1.0 + (config_.fan.full_conductance - 1.0) * pwm;
  fan_watts_ = config_.fan.full_watts * pwm * pwm * pwm;
  sink_kelvin_per_watt_ = config_.kelvin_per_watt / conductance;
  sink_time_constant_ = config_.time_constant_seconds / conductance;
  if (config_.junction_kelvin_per_watt == 0.0) return;
  a_ = 1.0 / config_.junction_time_constant_seconds;
  b_ = config_.kelvin_per_watt / (config_.junction_kelvin_per_watt * config_.time_constant_seconds);
  c_ = 1.0 / sink_time_constant_;
  m_ = -0.5 * (a_ + b_ + c_);
  q_ = std::sqrt(m_ * m_ - a_ * c_);
}

void ThermalModel::advance(double elapsed_seconds, double watts) {
  if (config_.junction_kelvin_per_watt > 0.0) {
    advance_two_stages(elapsed_seconds, watts);
    return;
  }
  const double target = ambient_ + sink_kelvin_per_watt_ * watts;
  junction_ = target + (junction_ - target) * std::exp(-elapsed_seconds / sink_time_constant_);
  sink_ = junction_;
}

// exp(At) = e^(mt) (cosh(qt) I + sinh(qt) / q (A - mI)).
void ThermalModel::advance_two_stages(double elapsed_seconds, double watts) {
  const double sink_target = ambient_ + sink_kelvin_per_watt_ * watts;
  const double junction_target = sink_target + config_.junction_kelvin_per_watt * watts;
  const double junction = junction_ - junction_target;
  const double sink = sink_ - sink_target;
  const double slow = std::exp((m_ + q_) * elapsed_seconds);
  const double fast = std::exp((m_ - q_) * elapsed_seconds);
  const double cosh = 0.5 * (slow + fast);
  const double sinh = 0.5 * (slow - fast) / q_;
  junction_ = junction_target + cosh * junction + sinh * ((-a_ - m_) * junction + a_ * sink);
  sink_ = sink_target + cosh * sink + sinh * (b_ * junction + (-b_ - c_ - m_) * sink);
}

double ThermalModel::next_ambient_seconds() const {
  return next_step_ < config_.ambient_steps.size() ? config_.ambient_steps[next_step_].time_seconds
                                                   : std::numeric_limits<double>::infinity();
}

void ThermalModel::change_ambient(double now_seconds) {
  while (next_ambient_seconds() <= now_seconds) {
    ambient_ = config_.ambient_steps[next_step_++].celsius;
  }
}

void ThermalModel::control_fan() {
  const std::vector<FanStep>& steps = config_.fan.steps;
  const std::size_t before = fan_step_;
  while (fan_step_ < steps.size() && junction_ >= steps[fan_step_].celsius) ++fan_step_;
  while (fan_step_ > 0 &&
         junction_ < steps[fan_step_ - 1].celsius - steps[fan_step_ - 1].hysteresis_kelvin) {
    --fan_step_;
  }
  if (fan_step_ != before) set_conductance();
}

double ThermalModel::fan_pwm() const {
  return fan_step_ > 0 ? config_.fan.steps[fan_step_ - 1].pwm : 0.0;
}

}  // namespace flyball
