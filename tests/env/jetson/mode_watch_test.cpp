#include "env/jetson/mode_watch.h"

#include <doctest/doctest.h>

#include "tests/support/allocation_counter.h"
#include "tests/support/board_tree.h"

using namespace flyball;

namespace {

const std::string kStatus = "/var/lib/nvpmodel/status";

}  // namespace

TEST_CASE("another mode is seen after a second, and at once where the limits have changed") {
  BoardTree tree;
  tree.write(kStatus, "pmode:0000");
  ModeWatch watch(tree.root(), small_board());
  CHECK(watch.mode() == 0);
  CHECK(watch.text() == "0 (MAXN)");
  CHECK_FALSE(watch.look(10.0, false));
  tree.write(kStatus, "pmode:0001 fmode:quiet");
  CHECK_FALSE(watch.look(10.9, false));
  CHECK(watch.look(11.0, false));
  CHECK(watch.mode() == 1);
  CHECK_FALSE(watch.look(11.1, true));  // no news
  tree.write(kStatus, "pmode:0000");
  CHECK(watch.look(11.2, true));
  CHECK(watch.mode() == 0);
}

TEST_CASE("a file that is missing, or says nothing, changes nothing") {
  BoardTree tree;
  ModeWatch watch(tree.root(), small_board());
  CHECK_FALSE(watch.mode());
  CHECK(watch.text() == "-");
  CHECK_FALSE(watch.look(1.0, true));
  tree.write(kStatus, "pmode:0007");
  CHECK(watch.look(2.0, true));
  CHECK(watch.text() == "7");  // a mode that nobody described
  tree.write(kStatus, "");
  CHECK_FALSE(watch.look(3.0, true));
  CHECK(watch.mode() == 7);
}

TEST_CASE("the modes are nvpmodel's own where it says them, else the board's") {
  BoardTree tree;
  CHECK(ModeWatch(tree.root(), small_board()).modes().size() == small_board().modes.size());
  tree.write("/etc/nvpmodel.conf", "< POWER_MODEL ID=7 NAME=SEVEN >\nGPU MAX_FREQ 200000000\n");
  tree.write(kStatus, "pmode:0007");
  const ModeWatch watch(tree.root(), small_board());
  REQUIRE(watch.modes().size() == 1);
  CHECK(watch.text() == "7 (SEVEN)");
}

TEST_CASE("looking allocates nothing") {
  BoardTree tree;
  tree.write(kStatus, "pmode:0001");
  ModeWatch watch(tree.root(), small_board());
  const std::size_t before = allocation_count();
  for (int i = 0; i < 10; ++i) (void)watch.look(i, true);
  CHECK(allocation_count() == before);
}
