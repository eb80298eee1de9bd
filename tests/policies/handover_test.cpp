#include "policies/handover.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <thread>
#include <vector>

#include "tests/support/allocation_counter.h"

using namespace flyball;

namespace {

// As large as a network's weights: every word says which version it belongs to.
struct Weights {
  std::vector<std::uint64_t> words = std::vector<std::uint64_t>(4096, 0);
};

}  // namespace

TEST_CASE("the reader gets the newest value, once, and keeps it until it takes the next") {
  Handover<int> handover(7);
  CHECK_FALSE(handover.take());
  CHECK(handover.current() == 7);
  handover.next() = 8;
  CHECK_FALSE(handover.take());
  handover.publish();
  handover.next() = 9;
  handover.publish();
  CHECK(handover.take());
  CHECK(handover.current() == 9);
  handover.next() = 10;
  CHECK(handover.current() == 9);
  CHECK_FALSE(handover.take());
  handover.publish();
  CHECK(handover.take());
  CHECK(handover.current() == 10);
}

TEST_CASE("under a hammering writer the reader never sees a torn value, nor an older one again") {
  Handover<Weights> handover{Weights{}};
  constexpr std::uint64_t kVersions = 20'000;
  std::jthread writer([&] {
    for (std::uint64_t version = 1; version <= kVersions; ++version) {
      for (std::uint64_t& word : handover.next().words) word = version;
      handover.publish();
    }
  });
  std::uint64_t last = 0;
  std::uint64_t taken = 0;
  std::uint64_t torn = 0;
  std::uint64_t older = 0;
  while (last < kVersions) {
    if (!handover.take()) {
      std::this_thread::yield();
      continue;
    }
    ++taken;
    const std::vector<std::uint64_t>& words = handover.current().words;
    for (const std::uint64_t word : words) torn += word != words.front() ? 1 : 0;
    older += words.front() <= last ? 1 : 0;
    last = words.front();
  }
  CHECK(torn == 0);
  CHECK(older == 0);
  CHECK(taken > 1);
}

TEST_CASE("taking a value allocates nothing") {
  Handover<Weights> handover{Weights{}};
  handover.next().words[0] = 1;
  handover.publish();
  const std::size_t before = allocation_count();
  CHECK(handover.take());
  CHECK(allocation_count() == before);
}
