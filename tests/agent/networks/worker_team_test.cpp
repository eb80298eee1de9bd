#include "agent/networks/worker_team.h"

#include <doctest/doctest.h>

#include <chrono>
#include <vector>

using namespace flyball;

TEST_CASE("every chunk is worked on exactly once, round after round") {
  for (const std::size_t threads : {1UL, 2UL, 4UL}) {
    CAPTURE(threads);
    WorkerTeam team(threads);
    CHECK(team.threads() == threads);
    for (std::size_t round = 0; round < 3000; ++round) {
      const std::size_t count = round % 9;  // no chunk and one included
      std::vector<int> done(count, 0);
      bool known = true;
      team.for_each(count, [&](std::size_t chunk, std::size_t thread) {
        ++done[chunk];
        if (thread >= threads) known = false;
      });
      REQUIRE(done == std::vector<int>(count, 1));
      REQUIRE(known);
    }
  }
}

TEST_CASE("no two chunks run on one thread number at the same time") {
  WorkerTeam team(3);
  std::vector<std::atomic<int>> inside(3);
  std::atomic<bool> clashed{false};
  for (int round = 0; round < 500; ++round) {
    team.for_each(12, [&](std::size_t, std::size_t thread) {
      if (++inside[thread] > 1) clashed = true;
      --inside[thread];
    });
  }
  CHECK_FALSE(clashed);
}

TEST_CASE("a team that was left alone for a while goes on") {
  WorkerTeam team(2);
  for (int round = 0; round < 3; ++round) {
    int sum = 0;
    std::vector<int> parts(8, 0);
    team.for_each(8, [&](std::size_t chunk, std::size_t) { parts[chunk] = 1; });
    for (const int part : parts) sum += part;
    CHECK(sum == 8);
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(5);
    while (std::chrono::steady_clock::now() < end) {  // helpers fall asleep
    }
  }
}
