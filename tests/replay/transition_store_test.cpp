#include "replay/transition_store.h"

#include <doctest/doctest.h>

#include "tests/contracts/replay_contract.h"

using namespace flyball;

TEST_CASE("ids count insertions and stay, whatever the circular buffer renumbers") {
  TransitionStore store({.capacity = 4, .observation_size = 3});
  for (std::size_t i = 0; i < 11; ++i) CHECK(store.push(numbered_transition(i)) == i);
  CHECK(store.oldest() == 7);
  CHECK_FALSE(store.holds(6));
  CHECK_FALSE(store.holds(11));
  TransitionBatch batch;
  for (std::uint64_t id = 7; id < 11; ++id) {
    REQUIRE(store.holds(id));
    CHECK(store.id_of(store.slot(id)) == id);
    store.gather(std::vector<std::uint64_t>{id}, batch);
    CHECK(batch.observations[0] == static_cast<float>(id));
  }
}

TEST_CASE("the store holds a million transitions") {
  TransitionStore store({.capacity = 1'000'000, .observation_size = 2});
  Transition transition = numbered_transition(0, 2);
  for (int i = 0; i < 1'000'001; ++i) {
    transition.observation[1] = static_cast<float>(i);  // exact up to 2^24
    store.push(transition);
  }
  CHECK(store.size() == 1'000'000);
  CHECK(store.oldest() == 1);
  std::vector<std::uint64_t> ids;
  for (std::uint64_t id = 1; id <= 1'000'000; id += 9'999) ids.push_back(id);
  ids.push_back(1'000'000);
  TransitionBatch batch;
  store.gather(ids, batch);
  for (std::size_t row = 0; row < ids.size(); ++row) {
    CHECK(batch.observations[row * 2 + 1] == static_cast<float>(ids[row]));
  }
}
