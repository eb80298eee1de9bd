// CartPole-v1: a pole on a cart that is pushed left or right. Not thread-safe.
//
// Equations and constants as in Gymnasium (classic_control/cartpole.py, after Barto, Sutton and
// Anderson 1983): explicit Euler with ticks of 0.02 s; an episode ends at |x| > 2.4 m or
// |theta| > 12 degrees and is cut after 500 ticks. Every tick survived counts 1.
#pragma once

#include "env/classic/classic_process.h"

namespace flyball {

struct CartPoleState {
  double x = 0.0;          // metres
  double x_dot = 0.0;      // metres per second
  double theta = 0.0;      // radians from upright
  double theta_dot = 0.0;  // radians per second
};

// One explicit Euler step under `force` newtons.
CartPoleState cart_pole_step(const CartPoleState& state, double force, double seconds);

class CartPole final : public ClassicProcess {
 public:
  std::size_t state_size() const override { return 4; }
  std::size_t level_count() const override { return 2; }  // -10 N, +10 N
  float share(std::size_t level) const override { return level == 0 ? -1.0F : 1.0F; }
  void reset(std::mt19937_64& random) override;
  bool advance(std::size_t level, double seconds, SpanCost& cost) override;
  void observe(std::span<float> state) const override;
  RewardConfig reward_config() const override;
  double tick_seconds() const override { return 0.02; }
  double horizon_seconds() const override { return 10.0; }

 private:
  CartPoleState state_;
};

}  // namespace flyball
