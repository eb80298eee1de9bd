#include "policies/known_states.h"

#include <doctest/doctest.h>

#include <limits>
#include <map>
#include <vector>

using namespace flyball;

TEST_CASE("a state is known if every input lies between its ends") {
  const KnownStates states({{"known", {{2, 2}, {0.0F, -kAnyInput, 1.0F, kAnyInput}}}});
  CHECK(states.hold(std::vector<float>{0.0F, 1e30F}));
  CHECK(states.hold(std::vector<float>{1.0F, -1e30F}));
  CHECK_FALSE(states.hold(std::vector<float>{1.01F, 0.0F}));
  CHECK_FALSE(states.hold(std::vector<float>{-0.01F, 0.0F}));
  CHECK_FALSE(states.hold(std::vector<float>{std::numeric_limits<float>::quiet_NaN(), 0.0F}));
}

TEST_CASE("a policy that does not say what it knows is taken to know every state") {
  CHECK(KnownStates(std::map<std::string, Tensor>{}).hold(std::vector<float>{1e30F}));
}
