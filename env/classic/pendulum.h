// Pendulum-v1: swing a pendulum up and hold it there with too weak a motor. Not thread-safe.
//
// Equations and constants as in Gymnasium (classic_control/pendulum.py): ticks of 0.05 s, torque at
// most 2 N m, speed at most 8 rad/s, cut after 200 ticks; a tick costs theta^2 + 0.1 theta_dot^2 +
// 0.001 torque^2 at its beginning. The torque has five levels here, -2 .. 2 N m.
#pragma once

#include "env/classic/classic_process.h"

namespace flyball {

struct PendulumState {
  double theta = 0.0;      // radians from upright, any number of turns
  double theta_dot = 0.0;  // radians per second
};

PendulumState pendulum_step(const PendulumState& state, double torque, double seconds);
// Of one tick that begins in `state`.
double pendulum_cost(const PendulumState& state, double torque);

class Pendulum final : public ClassicProcess {
 public:
  std::size_t state_size() const override { return 3; }
  std::size_t level_count() const override { return 5; }
  float share(std::size_t level) const override { return static_cast<float>(level) / 2.0F - 1.0F; }
  void reset(std::mt19937_64& random) override;
  bool advance(std::size_t level, double seconds, SpanCost& cost) override;
  void observe(std::span<float> state) const override;  // cos, sin, theta_dot / 8
  RewardConfig reward_config() const override { return {}; }
  double tick_seconds() const override { return 0.05; }
  double horizon_seconds() const override { return 10.0; }

 private:
  PendulumState state_;
};

}  // namespace flyball
