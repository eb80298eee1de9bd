#include "replay/n_step.h"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

using namespace flyball;
using doctest::Approx;

namespace {

constexpr double kGamma = 0.9;

// Decision `i` of a run: costs 10 i before and 100 i after the effect, lasts `seconds`.
Transition decision(int i, double seconds = 1.0) {
  Transition t;
  t.observation = {static_cast<float>(i)};
  t.next_observation = {static_cast<float>(i + 1)};
  t.action = static_cast<std::uint32_t>(i);
  t.before_effect.energy_joules = 10.0 * i;
  t.after_effect.energy_joules = 100.0 * i;
  t.effect_seconds = 0.25 * seconds;
  t.seconds = seconds;
  return t;
}

std::vector<Transition> join(std::size_t n, const std::vector<Transition>& run,
                             bool skip_thinking = false) {
  std::vector<Transition> joined;
  NStep returns({n, kGamma, 2.0, skip_thinking}, [&](const Transition& t) { joined.push_back(t); });
  for (const Transition& t : run) returns.add(t);
  returns.flush();
  return joined;
}

}  // namespace

TEST_CASE("with n = 1 transitions pass through as they are") {
  const auto joined = join(1, {decision(1), decision(2)});
  REQUIRE(joined.size() == 2);
  CHECK(joined[1].after_effect.energy_joules == 200.0);
  CHECK(joined[1].seconds == 1.0);
}

TEST_CASE("costs of the decisions that follow are discounted by the measured time") {
  const auto joined = join(3, {decision(1, 1.0), decision(2, 3.0), decision(3, 2.0)});
  REQUIRE(joined.size() == 3);
  const Transition& t = joined[0];
  CHECK(t.observation[0] == 1.0F);
  CHECK(t.action == 1);
  CHECK(t.before_effect.energy_joules == 10.0);
  CHECK(t.after_effect.energy_joules.value() ==
        Approx(100.0 + std::pow(kGamma, 0.5) * 220.0 + std::pow(kGamma, 2.0) * 330.0));
  CHECK(t.seconds == 6.0);  // the backup discounts the value by gamma^(6 s / 2 s)
  CHECK(t.effect_seconds == 0.25);
  CHECK(t.next_observation[0] == 4.0F);
  // The run ended: shorter returns, to the same last observation.
  CHECK(joined[1].seconds == 5.0);
  CHECK(joined[1].next_observation[0] == 4.0F);
  CHECK(joined[2].seconds == 2.0);
}

TEST_CASE("returns stop at the end of an episode and keep how it ended") {
  for (const bool terminated : {false, true}) {
    std::vector<Transition> run{decision(1), decision(2), decision(3), decision(4)};
    run[1].terminated = terminated;
    run[1].truncated = !terminated;
    const auto joined = join(3, run);
    REQUIRE(joined.size() == 4);
    CHECK(joined[0].seconds == 2.0);
    CHECK(joined[0].next_observation[0] == 3.0F);
    for (const std::size_t i : {0U, 1U}) {
      CHECK(joined[i].terminated == terminated);
      CHECK(joined[i].truncated == !terminated);
    }
    CHECK(joined[2].after_effect.energy_joules.value() ==
          Approx(300.0 + std::pow(kGamma, 0.5) * 440.0));
    CHECK_FALSE(joined[2].terminated);
  }
}

TEST_CASE("for the blocking backup the time until the effect does not exist") {
  const auto joined = join(2, {decision(1), decision(2)}, true);
  CHECK(joined[0].after_effect.energy_joules.value() ==
        Approx(100.0 + std::pow(kGamma, 0.75 / 2.0) * 200.0));
  CHECK(joined[0].seconds - joined[0].effect_seconds == Approx(1.5));
}

TEST_CASE("no step at all is refused") {
  CHECK_THROWS_WITH_AS(NStep({0, 0.9, 1.0, false}, {}), "learner.n_step = 0: must be > 0",
                       std::invalid_argument);
}
