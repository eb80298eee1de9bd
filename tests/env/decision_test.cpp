#include "env/decision.h"

#include <doctest/doctest.h>

#include <vector>

using namespace flyball;

TEST_CASE("a decision is a policy's and without chance, where nothing else is said") {
  const Decision decision{Setting::pinned(std::vector<Level>{2, 1})};
  CHECK(decision.decided_by == DecidedBy::kPolicy);
  CHECK_FALSE(decision.probability.has_value());
  CHECK(decision.setting.size() == 2);
  CHECK(decision.setting[0] == LevelRange{2, 2});
}
