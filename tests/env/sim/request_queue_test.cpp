#include "env/sim/request_queue.h"

#include <doctest/doctest.h>

#include <deque>
#include <limits>
#include <optional>
#include <random>
#include <vector>

#include "env/sim/fifo_queue.h"

using namespace flyball;

namespace {

// All of the next group, prepared and ready at once.
void prepare_all(RequestQueue& queue, double now_seconds) {
  while (queue.has_unprepared()) queue.prepared(queue.take_unprepared({}), now_seconds);
  queue.make_ready(now_seconds);
}

}  // namespace

TEST_CASE("requests wait, are served in order and leave with their latency") {
  RequestQueue queue(Completion::kEachRequest);
  SimTruth truth;
  queue.arrive(1.0, 2, 0.5);
  queue.arrive(1.2, 1, {});
  CHECK(queue.in_system() == 3);
  CHECK(queue.waiting() == 0);  // nothing is prepared yet
  prepare_all(queue, 1.2);
  CHECK(queue.waiting() == 3);
  queue.start_batch(2);
  CHECK(queue.waiting() == 1);
  CHECK(queue.complete_batch(2.0, truth) == 2);
  CHECK(truth.latencies_seconds == std::vector<double>{1.0, 1.0});
  CHECK(truth.missed == 2);  // both after their limit of 0.5 s
  queue.start_batch(1);
  CHECK(queue.complete_batch(2.2, truth) == 1);
  CHECK(truth.served == 3);
  CHECK(truth.missed == 2);  // the last one had no limit
  CHECK(truth.batch_sizes == std::vector<std::uint64_t>{0, 1, 1});
  CHECK(queue.in_system() == 0);
}

TEST_CASE("a group that is answered as a whole leaves with its last request") {
  RequestQueue queue(Completion::kWholeGroup);
  SimTruth truth;
  queue.arrive(0.0, 3, {});
  prepare_all(queue, 0.0);
  queue.start_batch(2);
  CHECK(queue.complete_batch(1.0, truth) == 0);
  CHECK(queue.in_system() == 3);
  queue.start_batch(1);
  CHECK(queue.complete_batch(2.0, truth) == 3);
  CHECK(truth.latencies_seconds == std::vector<double>(3, 2.0));
}

TEST_CASE("pieces become ready when they are due, in order of preparation on a tie") {
  RequestQueue queue(Completion::kEachRequest);
  queue.arrive(0.0, 5, {});
  const GroupPiece first = queue.take_unprepared(2);
  const GroupPiece second = queue.take_unprepared(3);
  CHECK(first.requests == 2);
  CHECK(second.requests == 3);
  CHECK_FALSE(queue.has_unprepared());
  CHECK(queue.next_ready_seconds() == std::numeric_limits<double>::infinity());
  queue.prepared(first, 4.0);
  queue.prepared(second, 4.0);
  CHECK(queue.next_ready_seconds() == 4.0);
  queue.make_ready(3.9);
  CHECK(queue.waiting() == 0);
  queue.make_ready(4.0);
  CHECK(queue.waiting() == 5);
  CHECK(queue.first_piece() == 2);
}

TEST_CASE("slack and limits are those of the most urgent request that is in the system") {
  RequestQueue queue(Completion::kEachRequest);
  SimTruth truth;
  CHECK_FALSE(queue.smallest_slack_seconds(0.0).has_value());
  queue.arrive(0.0, 1, 0.5);
  queue.arrive(0.1, 1, 0.2);
  queue.arrive(0.1, 1, {});
  CHECK(queue.smallest_limit_seconds() == 0.2);
  CHECK(queue.smallest_slack_seconds(0.2) == doctest::Approx(0.1));
  prepare_all(queue, 0.2);
  queue.start_batch(2);
  queue.complete_batch(0.3, truth);
  CHECK_FALSE(queue.smallest_limit_seconds().has_value());  // what is left has no limit
}

TEST_CASE("time in the system is integrated between looks") {
  RequestQueue queue(Completion::kEachRequest);
  SimTruth truth;
  queue.settle(1.0, truth);
  queue.arrive(1.0, 2, {});
  queue.settle(3.0, truth);
  CHECK(truth.in_system_seconds == doctest::Approx(4.0));
}

TEST_CASE("a growing ring gives back what was put in, in order") {
  FifoQueue<int> queue;
  std::deque<int> expected;
  std::mt19937_64 random(1);
  for (int i = 0; i < 10'000; ++i) {
    if (random() % 3 != 0) {
      queue.push(i);
      expected.push_back(i);
    } else if (!expected.empty()) {
      REQUIRE(queue.front() == expected.front());
      queue.pop();
      expected.pop_front();
    }
    REQUIRE(queue.size() == expected.size());
    REQUIRE(queue.empty() == expected.empty());
  }
}
