#include "env/classic/pendulum.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "env/draw.h"

namespace flyball {

namespace {

constexpr double kGravity = 10.0;
constexpr double kMass = 1.0;
constexpr double kLength = 1.0;
constexpr double kMaxSpeed = 8.0;
constexpr double kMaxTorque = 2.0;
constexpr double kTickSeconds = 0.05;

double draw(std::mt19937_64& random) { return 2.0 * draw_unit(random) - 1.0; }

// In [-pi, pi).
double normalised(double angle) {
  constexpr double kTurn = 2.0 * std::numbers::pi;
  return angle - kTurn * std::floor((angle + std::numbers::pi) / kTurn);
}

}  // namespace

PendulumState pendulum_step(const PendulumState& state, double torque, double seconds) {
  const double acceleration = 3.0 * kGravity / (2.0 * kLength) * std::sin(state.theta) +
                              3.0 / (kMass * kLength * kLength) * torque;
  PendulumState next;
  next.theta_dot = std::clamp(state.theta_dot + acceleration * seconds, -kMaxSpeed, kMaxSpeed);
  next.theta = state.theta + next.theta_dot * seconds;
  return next;
}

double pendulum_cost(const PendulumState& state, double torque) {
  const double angle = normalised(state.theta);
  return angle * angle + 0.1 * state.theta_dot * state.theta_dot + 0.001 * torque * torque;
}

void Pendulum::reset(std::mt19937_64& random) {
  state_.theta = std::numbers::pi * draw(random);
  state_.theta_dot = draw(random);
}

bool Pendulum::advance(std::size_t level, double seconds, SpanCost& cost) {
  const double torque = kMaxTorque * static_cast<double>(share(level));
  while (seconds > 1e-9) {
    const double tick = std::min(seconds, kTickSeconds);
    *cost.energy_joules += pendulum_cost(state_, torque) * tick / kTickSeconds;
    cost.seconds += tick;
    state_ = pendulum_step(state_, torque, tick);
    seconds -= tick;
  }
  return true;
}

void Pendulum::observe(std::span<float> state) const {
  state[0] = static_cast<float>(std::cos(state_.theta));
  state[1] = static_cast<float>(std::sin(state_.theta));
  state[2] = static_cast<float>(state_.theta_dot / kMaxSpeed);
}

}  // namespace flyball
