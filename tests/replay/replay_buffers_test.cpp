#include <doctest/doctest.h>

#include "replay/prioritized_replay.h"
#include "replay/uniform_replay.h"
#include "tests/contracts/replay_contract.h"

using namespace flyball;

TEST_CASE("the uniform replay buffer keeps the contract") {
  check_replay_contract(
      [](const ReplayShape& shape) { return std::make_unique<UniformReplay>(shape); });
}

TEST_CASE("the prioritized replay buffer keeps the contract") {
  check_replay_contract([](const ReplayShape& shape) {
    return std::make_unique<PrioritizedReplay>(shape, PriorityConfig{});
  });
}
