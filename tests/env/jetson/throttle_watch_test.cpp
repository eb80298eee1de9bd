#include "env/jetson/throttle_watch.h"

#include <doctest/doctest.h>

#include "tests/support/allocation_counter.h"
#include "tests/support/board_tree.h"

using namespace flyball;

namespace {

class Bench {
 public:
  Bench() {
    tree.add_board();
    for (const std::string& policy : {kPolicy0, kPolicy2}) {
      tree.write(policy + "/scaling_cur_freq", "400000");
      tree.write(policy + "/cpuinfo_cur_freq", "400000");
    }
  }
  BoardTree tree;
};

}  // namespace

TEST_CASE("a CPU that runs far below what was asked of it is told once, and when that is over") {
  Bench bench;
  ThrottleWatch watch(bench.tree.root(), small_board());
  REQUIRE(watch.clocks().size() == 2);
  CHECK(watch.look(0.0) == nullptr);
  bench.tree.write(kPolicy0 + "/cpuinfo_cur_freq", "200000");
  CHECK(watch.look(9.9) == nullptr);  // the other one's turn
  const ThrottleWatch::Clock* const held = watch.look(10.0);
  REQUIRE(held != nullptr);
  CHECK(held->name == "cpu0");
  CHECK(held->is_held);
  CHECK(held->running_hz == 2e8);
  CHECK(held->asked_hz == 4e8);
  CHECK(watch.look(20.0) == nullptr);
  bench.tree.write(kPolicy0 + "/cpuinfo_cur_freq", "399000");
  const ThrottleWatch::Clock* free = nullptr;
  for (double t = 20.1; t < 31.0 && free == nullptr; t += 0.1) free = watch.look(t);
  REQUIRE(free != nullptr);
  CHECK_FALSE(free->is_held);
}

TEST_CASE("each file is measured every ten seconds, one at a time") {
  Bench bench;
  ThrottleWatch watch(bench.tree.root(), small_board());
  bench.tree.write(kPolicy0 + "/cpuinfo_cur_freq", "100000");
  bench.tree.write(kPolicy2 + "/cpuinfo_cur_freq", "100000");
  REQUIRE(watch.look(0.0) != nullptr);
  CHECK(watch.look(0.0) == nullptr);
  CHECK(watch.look(4.9) == nullptr);
  const ThrottleWatch::Clock* const second = watch.look(5.0);
  REQUIRE(second != nullptr);
  CHECK(second->name == "cpu2");
}

TEST_CASE("what cannot be measured, or says nothing, is no news, and allocates nothing") {
  Bench bench;
  ThrottleWatch watch(bench.tree.root(), small_board());
  bench.tree.write(kPolicy0 + "/cpuinfo_cur_freq", "<unknown>");
  bench.tree.remove(kPolicy2 + "/cpuinfo_cur_freq");
  const std::size_t before = allocation_count();
  for (double t = 0.0; t < 40.0; t += 0.5) CHECK(watch.look(t) == nullptr);
  CHECK(allocation_count() == before);
  BoardTree without;
  without.add_board();
  without.remove(kPolicy0 + "/cpuinfo_cur_freq");
  CHECK(ThrottleWatch(without.root(), small_board()).look(0.0) == nullptr);
}
