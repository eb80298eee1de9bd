#include "env/job_pool.h"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

using namespace flyball;

TEST_CASE("every job is done once, whatever the number of threads") {
  for (const unsigned threads : {0U, 1U, 2U, 5U}) {
    std::vector<std::atomic<int>> calls(40);
    CHECK(run_jobs(calls.size(), threads, [&](std::size_t i) { ++calls[i]; }));
    for (const auto& count : calls) CHECK(count == 1);
  }
}

TEST_CASE("no work is all work done") {
  CHECK(run_jobs(0, 2, [](std::size_t) { FAIL("there is no job"); }));
}

TEST_CASE("who is told to stop begins no further job and says so") {
  std::size_t calls = 0;
  const auto two = [](std::size_t done) { return done < 2; };
  CHECK_FALSE(run_jobs(
      10, 1, [&](std::size_t) { ++calls; }, two));
  CHECK(calls == 2);
}

TEST_CASE("who says no at once sees nothing begun, on any thread") {
  for (int i = 0; i < 100; ++i) {
    std::atomic<std::size_t> calls = 0;
    CHECK_FALSE(run_jobs(
        3, 4, [&](std::size_t) { ++calls; }, [](std::size_t) { return false; }));
    CHECK(calls == 0);
  }
}

TEST_CASE("the first error ends the work and is thrown on") {
  std::atomic<std::size_t> calls = 0;
  const auto job = [&](std::size_t i) {
    ++calls;
    if (i == 3) throw std::runtime_error("the fourth");
  };
  CHECK_THROWS_WITH(run_jobs(1000000, 2, job), "the fourth");
  CHECK(calls < 1000000);
  CHECK_THROWS_WITH(run_jobs(5, 1, job), "the fourth");
}
