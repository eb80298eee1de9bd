#include "env/classic/cart_pole.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "env/draw.h"

namespace flyball {

namespace {

constexpr double kGravity = 9.8;
constexpr double kCartMass = 1.0;
constexpr double kPoleMass = 0.1;
constexpr double kHalfLength = 0.5;  // of the pole, metres
constexpr double kForce = 10.0;
constexpr double kTickSeconds = 0.02;
constexpr double kMaxPosition = 2.4;
constexpr double kMaxAngle = 12.0 * 2.0 * std::numbers::pi / 360.0;

double draw(std::mt19937_64& random) { return 0.1 * draw_unit(random) - 0.05; }

}  // namespace

CartPoleState cart_pole_step(const CartPoleState& s, double force, double seconds) {
  constexpr double kMass = kCartMass + kPoleMass;
  constexpr double kPoleMoment = kPoleMass * kHalfLength;
  const double cosine = std::cos(s.theta);
  const double sine = std::sin(s.theta);
  const double temp = (force + kPoleMoment * s.theta_dot * s.theta_dot * sine) / kMass;
  const double theta_acc = (kGravity * sine - cosine * temp) /
                           (kHalfLength * (4.0 / 3.0 - kPoleMass * cosine * cosine / kMass));
  const double x_acc = temp - kPoleMoment * theta_acc * cosine / kMass;
  return {s.x + seconds * s.x_dot, s.x_dot + seconds * x_acc, s.theta + seconds * s.theta_dot,
          s.theta_dot + seconds * theta_acc};
}

void CartPole::reset(std::mt19937_64& random) {
  for (double* value : {&state_.x, &state_.x_dot, &state_.theta, &state_.theta_dot}) {
    *value = draw(random);
  }
}

bool CartPole::advance(std::size_t level, double seconds, SpanCost& cost) {
  const double force = kForce * static_cast<double>(share(level));
  while (seconds > 1e-9) {
    const double tick = std::min(seconds, kTickSeconds);
    state_ = cart_pole_step(state_, force, tick);
    cost.seconds += tick;
    cost.served += tick / kTickSeconds;
    seconds -= tick;
    if (std::abs(state_.x) > kMaxPosition || std::abs(state_.theta) > kMaxAngle) return false;
  }
  return true;
}

void CartPole::observe(std::span<float> state) const {
  state[0] = static_cast<float>(state_.x / kMaxPosition);
  state[1] = static_cast<float>(state_.x_dot / 2.0);
  state[2] = static_cast<float>(state_.theta / kMaxAngle);
  state[3] = static_cast<float>(state_.theta_dot / 2.0);
}

RewardConfig CartPole::reward_config() const {
  RewardConfig config;
  config.rho = 1.0;
  return config;
}

}  // namespace flyball
