#include "env/jetson/mode_watch.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

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

TEST_CASE("nvpmodel's file is long, and a link to the module's own") {
  BoardTree tree;
  tree.write("/var/lib/nvpmodel/status", "pmode:0003 fmode:fanNull");
  std::string text(30'000, '#');
  // As on a TX2 of JetPack 3, whose clusters have names.
  text +=
      "\n< PARAM TYPE=FILE NAME=CPU_ONLINE >\nCORE_0 /sys/devices/system/cpu/cpu0/online\n"
      "< POWER_MODEL ID=3 NAME=MAXP_CORE_ARM >\nCPU_ONLINE CORE_0 1\nCPU_ONLINE CORE_1 0\n"
      "CPU_ONLINE CORE_2 0\nCPU_ONLINE CORE_3 1\nCPU_A57 MIN_FREQ 0\nCPU_A57 MAX_FREQ 300000\n"
      "CPU_DENVER MIN_FREQ 0\nGPU MAX_FREQ 200000000\nEMC MAX_FREQ 0\n";
  for (const char* target : {"nvpmodel/nvpmodel_t186.conf", "/etc/nvpmodel/nvpmodel_t186.conf"}) {
    tree.write("/etc/nvpmodel/nvpmodel_t186.conf", text);
    const std::string link = tree.root() + "/etc/nvpmodel.conf";
    std::filesystem::remove(link);
    std::filesystem::create_symlink(target, link);
    const ModeWatch watch(tree.root(), small_board());
    CHECK(watch.text() == "3 (MAXP_CORE_ARM)");
    REQUIRE(watch.modes().size() == 1);
    CHECK(watch.modes().front().cpus_online == 2);
    CHECK(watch.modes().front().cpu_max_hz == 3e8);
    CHECK(watch.modes().front().gpu_max_hz == 2e8);
  }
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
