#include "env/environment.h"

#include <doctest/doctest.h>

#include "tests/contracts/environment_contract.h"
#include "tests/support/small_board.h"

using namespace flyball;
using doctest::Approx;

namespace {

PlantEnvironmentConfig environment_config() {
  PlantEnvironmentConfig config;
  config.knobs = {"gpu", "batch"};
  config.encoder.period_seconds = 0.5;
  config.encoder.with_queue = true;
  config.encoder.with_slack = true;
  config.encoder.with_power = true;
  config.reward.eta = 0.5;
  config.think_seconds = 0.01;
  config.horizon_seconds = 20.0;
  return config;
}

std::unique_ptr<PlantEnvironment> make_environment(Arrivals arrivals,
                                                   PlantEnvironmentConfig config) {
  const auto factory = [arrivals](std::uint64_t seed) {
    SimConfig sim = small_config(arrivals);
    sim.board.modes[0].gpu_max_hz = 200e6;  // the top level is masked
    sim.mode = sim.board.modes[0];
    sim.batch_levels = {1.0, 2.0, 4.0};
    sim.service_noise = 0.05;
    sim.seed = seed;
    return std::make_unique<SimPlant>(std::move(sim));
  };
  const auto meter = [](Plant& plant) {
    return static_cast<SimPlant&>(plant).truth().energy_joules;
  };
  return std::make_unique<PlantEnvironment>(std::move(config), factory, meter);
}

StepResult run_to_end(Environment& environment, std::vector<float>& observation) {
  const std::vector<Level> action = {1, 2};
  environment.reset(1, observation);
  for (;;) {
    const StepResult result = environment.step(action, observation);
    if (result.terminated || result.truncated) return result;
  }
}

}  // namespace

TEST_CASE("a plant's environment is an environment, whether its work ends or not") {
  EnvironmentContract contract;
  const PlantEnvironmentConfig config = environment_config();
  contract.reward_config = config.reward;
  SUBCASE("work that ends") {
    contract.make = [config] { return make_environment(ClosedLoop{40, 4, {}}, config); };
  }
  SUBCASE("work that goes on") {
    contract.make = [config] { return make_environment(ClosedLoop{100000, 4, {}}, config); };
  }
  contract.check_all();
}

TEST_CASE("the end of the work terminates and the horizon truncates") {
  SUBCASE("terminated") {
    const auto environment = make_environment(ClosedLoop{20, 4, {}}, environment_config());
    std::vector<float> observation(environment->observation_space().size());
    const StepResult result = run_to_end(*environment, observation);
    CHECK(result.terminated);
    CHECK_FALSE(result.truncated);
  }
  SUBCASE("truncated") {
    const auto environment = make_environment(ClosedLoop{100000, 4, {}}, environment_config());
    std::vector<float> observation(environment->observation_space().size());
    const StepResult result = run_to_end(*environment, observation);
    CHECK(result.truncated);
    CHECK_FALSE(result.terminated);
  }
  SUBCASE("work that ends on the last allowed step terminates") {
    PlantEnvironmentConfig config = environment_config();
    config.horizon_seconds = 0.5;
    const auto environment = make_environment(ClosedLoop{1, 1, {}}, config);
    std::vector<float> observation(environment->observation_space().size());
    const StepResult result = run_to_end(*environment, observation);
    CHECK(result.terminated);
    CHECK_FALSE(result.truncated);
  }
}

TEST_CASE("the steps' costs add up to the plant's") {
  const auto environment = make_environment(ClosedLoop{40, 4, {}}, environment_config());
  std::vector<float> observation(environment->observation_space().size());
  environment->reset(3, observation);
  const std::vector<Level> action = {0, 1};
  SpanCost total;
  StepResult result;
  while (!result.terminated) {
    result = environment->step(action, observation);
    total += result.cost;
    REQUIRE_FALSE(result.truncated);
  }
  CHECK(total.served == 40.0);
  CHECK(*total.energy_joules / total.seconds > 1.0);
  CHECK(*total.energy_joules / total.seconds < 8.0);
}

TEST_CASE("until the action is applied the previous setting runs") {
  PlantEnvironmentConfig config = environment_config();
  const auto energy_of_second_step = [&](double think_seconds) {
    config.think_seconds = think_seconds;
    const auto environment = make_environment(ClosedLoop{100000, 4, {}}, config);
    std::vector<float> observation(environment->observation_space().size());
    environment->reset(1, observation);
    const std::vector<Level> high = {1, 2};
    const std::vector<Level> low = {0, 2};
    environment->step(high, observation);
    return *environment->step(low, observation).cost.energy_joules;
  };
  CHECK(energy_of_second_step(0.4) - energy_of_second_step(0.0) == Approx(0.4 * (5.0 - 4.0)));
}

TEST_CASE("an action has taken effect when the slowest clock that it moves has followed") {
  const auto environment = make_environment(ClosedLoop{100000, 4, {}}, environment_config());
  std::vector<float> observation(environment->observation_space().size());
  environment->reset(1, observation);
  const std::vector<Level> high = {1, 2};
  const std::vector<Level> low = {0, 2};
  environment->step(high, observation);
  const StepResult held = environment->step(high, observation);
  CHECK(held.effect_seconds == Approx(0.01));  // t_AS
  CHECK(held.before_effect.seconds == Approx(0.01));
  const StepResult moved = environment->step(low, observation);
  CHECK(moved.effect_seconds == Approx(0.015));
  CHECK(moved.before_effect.seconds == Approx(0.015));
  CHECK(*moved.before_effect.energy_joules == Approx(0.015 * 5.0));  // at the former level
  CHECK(moved.cost.seconds == Approx(0.5));
}

TEST_CASE("what takes effect after the step leaves all of it to the setting before") {
  PlantEnvironmentConfig config = environment_config();
  config.think_seconds = 0.498;
  const auto environment = make_environment(ClosedLoop{100000, 4, {}}, config);
  std::vector<float> observation(environment->observation_space().size());
  environment->reset(1, observation);
  environment->step(std::vector<Level>{1, 2}, observation);
  const StepResult late = environment->step(std::vector<Level>{0, 2}, observation);
  CHECK(late.effect_seconds == Approx(0.5));
  CHECK(late.before_effect.seconds == Approx(0.5));
  CHECK(late.before_effect.served == late.cost.served);
}

TEST_CASE("times to think are drawn with the episode's seed, and observed once measured") {
  PlantEnvironmentConfig config = environment_config();
  config.think_seconds = Delays(std::vector<double>{0.05, 0.1, 0.4});
  config.encoder.with_vector_to_go = false;  // t_AS is last
  const auto environment = make_environment(ClosedLoop{100000, 4, {}}, config);
  std::vector<float> observation(environment->observation_space().size());
  const auto times = [&](std::uint64_t seed) {
    std::vector<double> seconds;
    environment->reset(seed, observation);
    CHECK(observation.back() == 0.0F);
    for (int i = 0; i < 30; ++i) {
      seconds.push_back(environment->step(std::vector<Level>{1, 2}, observation).effect_seconds);
      if (i > 0) CHECK(observation.back() == Approx(seconds.back() / 0.5));
    }
    return seconds;
  };
  const std::vector<double> drawn = times(1);
  CHECK(times(1) == drawn);
  CHECK(times(2) != drawn);
}

TEST_CASE("an environment's config is checked") {
  PlantEnvironmentConfig config = environment_config();
  config.think_seconds = 0.6;
  CHECK_THROWS_AS(make_environment(ClosedLoop{1, 1, {}}, config), std::invalid_argument);
  config = environment_config();
  config.knobs = {"fan"};
  CHECK_THROWS_WITH_AS(make_environment(ClosedLoop{1, 1, {}}, config),
                       "no knob \"fan\" (there are: cpu, gpu, emc, batch)", std::invalid_argument);
}
