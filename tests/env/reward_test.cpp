#include "env/reward.h"

#include <doctest/doctest.h>

#include <optional>
#include <stdexcept>

using namespace flyball;

namespace {

// A closed loop at a fixed setting for ten seconds: one request in the system at any time.
SpanCost closed_loop(double watts, double latency_seconds) {
  SpanCost span;
  span.seconds = 10.0;
  span.energy_joules = watts * span.seconds;
  span.in_system_seconds = span.seconds;
  span.served = span.seconds / latency_seconds;
  return span;
}

}  // namespace

TEST_CASE("with rho a closed loop prefers the cheapest request, not the lowest power") {
  const SpanCost slow = closed_loop(4.0, 1.0);  // 4 J per request, lowest power
  const SpanCost fast = closed_loop(6.0, 0.5);  // 3 J per request
  RewardConfig config;
  config.energy_reference_joules = 3.5;
  CHECK(reward(config, slow) > reward(config, fast));  // the trap, without rho
  config.rho = cost(config, fast) / fast.served;
  CHECK(reward(config, fast) == doctest::Approx(0.0));
  CHECK(reward(config, slow) < 0.0);
}

TEST_CASE("the reward falls when energy, latency or misses rise") {
  RewardConfig config;
  config.eta = 0.5;
  config.miss_penalty = 2.0;
  SpanCost span = closed_loop(5.0, 0.5);
  const double before = reward(config, span);
  SUBCASE("energy") { *span.energy_joules *= 1.01; }
  SUBCASE("latency") { span.in_system_seconds *= 1.01; }
  SUBCASE("misses") { span.missed += 1.0; }
  CHECK(reward(config, span) < before);
}

TEST_CASE("eta = 1 is energy only and eta = 0 latency only") {
  RewardConfig config;
  SpanCost span = closed_loop(5.0, 0.5);
  const double before = reward(config, span);
  span.in_system_seconds *= 2.0;
  CHECK(reward(config, span) == before);
  config.eta = 0.0;
  const double latency_only = reward(config, span);
  *span.energy_joules *= 2.0;
  CHECK(reward(config, span) == latency_only);
}

TEST_CASE("a reward config's error names key, value and range") {
  RewardConfig config;
  config.eta = 1.5;
  CHECK_THROWS_WITH_AS(validate(config), "reward.eta = 1.5: must be in [0, 1]",
                       std::invalid_argument);
}

TEST_CASE("a sum in which one energy is not known has none, and no cost") {
  SpanCost sum = closed_loop(5.0, 0.5);
  SpanCost unknown = closed_loop(5.0, 0.5);
  unknown.energy_joules.reset();
  sum += unknown;
  CHECK_FALSE(sum.energy_joules.has_value());
  CHECK(sum.seconds == 20.0);
  CHECK(sum.served == 40.0);
  CHECK_FALSE((sum * 2.0).energy_joules.has_value());
  CHECK_FALSE((closed_loop(5.0, 0.5) -= unknown).energy_joules.has_value());
  CHECK_THROWS_AS(cost(RewardConfig{}, sum), std::bad_optional_access);
}

TEST_CASE("nothing costs no energy, which is known") {
  CHECK((SpanCost{} + closed_loop(5.0, 0.5)).energy_joules == 50.0);
}
