#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "env/classic/cart_pole.h"
#include "env/classic/pendulum.h"

using namespace flyball;
using doctest::Approx;

TEST_CASE("CartPole's step is Gymnasium's") {
  // From rest, pushed right: worked out by hand from the equations of motion.
  const CartPoleState first = cart_pole_step({}, 10.0, 0.02);
  CHECK(first.x == 0.0);  // explicit Euler: positions move with the old speeds
  CHECK(first.theta == 0.0);
  CHECK(first.x_dot == Approx(0.1951219512));
  CHECK(first.theta_dot == Approx(-0.2926829268));
  const CartPoleState second = cart_pole_step(first, -10.0, 0.02);
  CHECK(second.x == Approx(0.003902439));
  CHECK(second.theta == Approx(-0.005853659));
  CHECK(second.x_dot == Approx(0.0).epsilon(1e-3));
}

TEST_CASE("an unpushed pole falls as fast as the linear equation says") {
  // theta'' = g theta / (l (4/3 - m / M)) about the upright pole with no force on the cart.
  const double rate = std::sqrt(9.8 / (0.5 * (4.0 / 3.0 - 0.1 / 1.1)));
  CartPoleState state{0.0, 0.0, 1e-3, 0.0};
  for (int i = 0; i < 5000; ++i) state = cart_pole_step(state, 0.0, 1e-4);
  CHECK(state.theta == Approx(1e-3 * std::cosh(rate * 0.5)).epsilon(0.002));
}

TEST_CASE("CartPole ends when the pole has fallen and counts the ticks it stood") {
  CartPole process;
  std::mt19937_64 random(1);
  process.reset(random);
  SpanCost cost;
  CHECK_FALSE(process.advance(1, 10.0, cost));
  CHECK(cost.served == Approx(cost.seconds / 0.02));
  CHECK(cost.served >= 7.0);  // pushing one way all the time
  CHECK(cost.served <= 12.0);
  std::vector<float> state(4);
  process.observe(state);
  CHECK(std::abs(state[2]) > 1.0F);
}

TEST_CASE("Pendulum's step and cost are Gymnasium's") {
  const PendulumState next = pendulum_step({std::numbers::pi / 2.0, 1.0}, 2.0, 0.05);
  CHECK(next.theta_dot == Approx(1.0 + (15.0 + 6.0) * 0.05));
  CHECK(next.theta == Approx(std::numbers::pi / 2.0 + 2.05 * 0.05));
  CHECK(pendulum_step({std::numbers::pi / 2.0, 7.9}, 2.0, 0.05).theta_dot == 8.0);
  CHECK(pendulum_cost({std::numbers::pi, 2.0}, 2.0) ==
        Approx(std::numbers::pi * std::numbers::pi + 0.4 + 0.004));
  CHECK(pendulum_cost({2.0 * std::numbers::pi + 0.1, 0.0}, 0.0) == Approx(0.01));
}

TEST_CASE("a torque of the motor alone cannot lift the pendulum") {
  PendulumState state{std::numbers::pi, 0.0};
  double highest = -1.0;
  for (int i = 0; i < 400; ++i) {
    state = pendulum_step(state, 2.0, 0.05);
    highest = std::max(highest, std::cos(state.theta));
  }
  CHECK(highest < 0.0);  // stays in the lower half
}
