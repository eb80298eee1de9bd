#include "env/classic/concurrent_environment.h"

#include <doctest/doctest.h>

#include "env/classic/cart_pole.h"
#include "env/classic/pendulum.h"
#include "tests/contracts/environment_contract.h"

using namespace flyball;
using doctest::Approx;

namespace {

std::unique_ptr<ClassicProcess> make(bool pendulum) {
  if (pendulum) return std::make_unique<Pendulum>();
  return std::make_unique<CartPole>();
}

}  // namespace

TEST_CASE("CartPole and Pendulum are environments, whether thinking takes time or not") {
  for (const bool pendulum : {false, true}) {
    for (const std::vector<double>& think :
         {std::vector<double>{}, std::vector<double>{0.03, 0.1}}) {
      EnvironmentContract contract;
      contract.reward_config = make(pendulum)->reward_config();
      contract.make = [pendulum, think] {
        return std::make_unique<ConcurrentEnvironment>(make(pendulum),
                                                       ConcurrentConfig{0.1, think});
      };
      contract.check_all();
    }
  }
}

TEST_CASE("while the agent thinks the previous action goes on") {
  // Held right for a step, then left: by hand, tick by tick.
  ConcurrentEnvironment environment(make(false), {0.04, {0.03}, false, false, false});
  std::vector<float> observation(4);
  environment.reset(3, observation);
  const std::vector<Level> right{1};
  const std::vector<Level> left{0};
  environment.step(right, observation);
  CartPoleState state{observation[0] * 2.4, observation[1] * 2.0,
                      observation[2] * 12.0 * 2.0 * 3.14159265358979 / 360.0, observation[3] * 2.0};
  state = cart_pole_step(state, 10.0, 0.02);
  state = cart_pole_step(state, 10.0, 0.01);
  state = cart_pole_step(state, -10.0, 0.01);
  const StepResult result = environment.step(left, observation);
  CHECK(static_cast<double>(observation[1]) * 2.0 == Approx(state.x_dot).epsilon(1e-4));
  CHECK(static_cast<double>(observation[3]) * 2.0 == Approx(state.theta_dot).epsilon(1e-4));
  CHECK(result.effect_seconds == 0.03);
  CHECK(result.before_effect.served == Approx(1.5));
  CHECK(result.cost.served == Approx(2.0));
}

TEST_CASE("a blocking decision takes effect at once and has nothing to go") {
  ConcurrentEnvironment environment(make(true), {0.1, {}});
  std::vector<float> observation(6);
  environment.reset(3, observation);
  const StepResult result = environment.step(std::vector<Level>{4}, observation);
  CHECK(result.effect_seconds == 0.0);
  CHECK(result.before_effect.seconds == 0.0);
  CHECK(observation[3] == 1.0F);  // the previous action
  CHECK(observation[4] == 0.0F);
  CHECK(observation[5] == 0.0F);
}

TEST_CASE("t_AS is drawn from what was measured, with the episode's seed") {
  ConcurrentEnvironment environment(make(true), {0.1, {0.02, 0.06, 0.1}});
  std::vector<float> observation(6);
  std::vector<int> seen(3, 0);
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    environment.reset(seed, observation);
    const auto tenths = static_cast<int>(observation[4] * 10.0F + 0.5F);
    REQUIRE((tenths == 2 || tenths == 6 || tenths == 10));
    ++seen[static_cast<std::size_t>((tenths - 2) / 4)];
  }
  for (const int count : seen) CHECK(count > 60);
  CHECK_THROWS_WITH_AS(ConcurrentEnvironment(make(true), {0.1, {0.02, 0.2}}),
                       "think_seconds[1] = 0.2: must be in [0, 0.1], the period",
                       std::invalid_argument);
}
