#include "agent/known_states.h"

#include <doctest/doctest.h>

#include <vector>

#include "policies/known_states.h"

using namespace flyball;

namespace {

TrainingSet set_of(const std::vector<std::string>& names,
                   const std::vector<std::vector<float>>& observations) {
  TrainingSet set;
  set.observation_names = names;
  for (const std::vector<float>& observation : observations) {
    Transition t;
    t.observation = observation;
    set.transitions.push_back(t);
  }
  return set;
}

}  // namespace

TEST_CASE("a policy knows the queues that its log held, and a tenth beyond") {
  const auto known =
      known_states(set_of({"t_as", "queue"}, {{0.1F, 0.2F}, {0.1F, 1.2F}, {0.1F, 0.4F}}));
  REQUIRE(known);
  check_known_states(*known, 2);
  const KnownStates states({{kKnownStates, *known}});
  CHECK(states.hold(std::vector<float>{0.1F, 1.29F}));
  CHECK_FALSE(states.hold(std::vector<float>{0.1F, 1.31F}));
  CHECK(states.hold(std::vector<float>{0.1F, 0.11F}));
  CHECK_FALSE(states.hold(std::vector<float>{0.1F, 0.09F}));
}

TEST_CASE("what does not change in a log may differ a little") {
  const auto known = known_states(set_of({"queue"}, {{0.2F}, {0.2F}}));
  REQUIRE(known);
  const KnownStates states({{kKnownStates, *known}});
  CHECK(states.hold(std::vector<float>{0.24F}));
  CHECK_FALSE(states.hold(std::vector<float>{0.26F}));
}

TEST_CASE("one's own delay, a preference and a mode make no state unknown") {
  CHECK_FALSE(known_states(set_of({"t_as", "eta", "cpus_online"}, {{0.1F, 1.0F, 1.0F}})));
  const auto known = known_states(set_of({"t_as", "queue"}, {{0.1F, 0.2F}}));
  REQUIRE(known);
  CHECK(KnownStates({{kKnownStates, *known}}).hold(std::vector<float>{0.9F, 0.2F}));
}
