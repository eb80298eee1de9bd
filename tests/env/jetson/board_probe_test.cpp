#include "env/jetson/board_probe.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <stdexcept>

#include "env/jetson/board_lock.h"
#include "tests/support/board_tree.h"

using namespace flyball;

namespace {

BoardProbe probe(const BoardTree& tree) { return probe_board(tree.root(), small_board()); }

}  // namespace

TEST_CASE("a whole board is shown: clocks, rails, zones, and that all can be governed") {
  BoardTree tree;
  tree.add_board();
  tree.write(kPolicy0 + "/scaling_governor", "schedutil");
  tree.write("/var/lib/nvpmodel/status", "pmode:0000 fmode:quiet");
  tree.write("/proc/device-tree/model", std::string("A Small Board") + '\0');
  const BoardProbe found = probe(tree);
  CHECK(found.board == "small");
  CHECK(found.misfits() == 0);
  CHECK(found.model == "A Small Board");
  CHECK(found.mode == 0);
  CHECK(found.mode_name == "MAXN");
  REQUIRE(found.clocks.size() == 4);
  const ProbedClock& cpu = found.clocks[0];
  CHECK(cpu.name == "cpu0");
  CHECK(cpu.files == tree.root() + kPolicy0);
  CHECK(cpu.governor == "schedutil");
  CHECK(cpu.listed_hz.size() == 4);
  CHECK(cpu.running_hz == 2e8);
  CHECK(cpu.floor_hz == 1e8);
  CHECK(cpu.ceiling_hz == 4e8);
  for (const ProbedClock& clock : found.clocks) {
    CAPTURE(clock.name);
    CHECK(clock.obstacle == "");
    CHECK(clock.differences.empty());
  }
  CHECK(found.rails[0].watts == doctest::Approx(6.0));
  CHECK(found.rails[0].is_of_module);
  CHECK_FALSE(found.rails[1].is_of_module);
  CHECK(found.module_watts == doctest::Approx(6.0));
  CHECK(found.zones[0].celsius == 40.0);
  CHECK_FALSE(found.zones[2].celsius.has_value());  // switched off
  CHECK(found.application_way == ApplicationWay::kNone);
  CHECK_FALSE(found.is_governed);
  CHECK(found.left_state == "");
  CHECK(found.problems.empty());
}

TEST_CASE("looking changes and makes nothing") {
  BoardTree tree;
  tree.add_board();
  static_cast<void>(probe(tree));
  CHECK_FALSE(tree.exists("/run"));
  CHECK(tree.read(kEmc + "/mrq_rate_locked") == "0");
}

TEST_CASE("a clock that cannot be governed says why") {
  BoardTree tree;
  tree.add_board();
  tree.write(kPolicy0 + "/scaling_min_freq", "400000");
  tree.remove(kPolicy2);
  tree.remove("/sys/kernel/debug");
  tree.remove("/sys/class/devfreq");
  const BoardProbe found = probe(tree);
  CHECK(found.clocks[0].obstacle.find("scaling_min_freq: the minimum is the maximum") !=
        std::string::npos);
  CHECK(found.clocks[1].obstacle == "no frequency policy: its CPUs are offline, or not there");
  CHECK(found.clocks[2].obstacle == "no devfreq folder of a GPU");
  CHECK(found.clocks[3].obstacle == "no file of it: debugfs is not mounted, or only root sees it");
  CHECK(found.misfits() == 1);  // the GPU; CPUs may be offline and the memory root's
}

TEST_CASE("a table that is not as described is another board's") {
  BoardTree tree;
  tree.add_board();
  tree.write(kDevfreq + "/available_frequencies", "100000000 202000000 350000000 ");
  tree.write(kPolicy2 + "/related_cpus", "2 3 4");
  const BoardProbe found = probe(tree);
  CHECK(found.misfits() == 2);
  CHECK(found.clocks[2].differences ==
        std::vector<std::string>{"lacks 300 MHz", "has 350 MHz beyond the description"});
  CHECK(found.clocks[1].differences ==
        std::vector<std::string>{"clocks CPUs 2 3 4, described 2 3"});
}

TEST_CASE("what cannot be read is named and the rest is shown") {
  BoardTree tree;
  tree.add_board();
  tree.write(kDevfreq + "/cur_freq", "what");
  tree.remove("/sys/bus/i2c/drivers/ina3221/7-0040/hwmon/hwmon5/curr1_input");
  const BoardProbe found = probe(tree);
  REQUIRE(found.problems.size() >= 1);
  CHECK(found.problems[0].find("/cur_freq: ") != std::string::npos);
  CHECK(found.clocks[2].obstacle == "it cannot be read");
  CHECK_FALSE(found.module_watts.has_value());
  CHECK(found.clocks[0].running_hz == 2e8);
}

TEST_CASE("an application, a daemon that runs and the state of one that was killed are seen") {
  BoardTree tree;
  tree.add_board();
  tree.add_application();
  tree.write("/run/flyball/backup", "flyball-backup 2");
  BoardProbe found = probe(tree);
  CHECK(found.application_way == ApplicationWay::kFiles);
  CHECK(found.application_file == tree.root() + kApplication + "/telemetry");
  CHECK(found.batch_levels == std::vector<double>{1, 2, 4, 8});
  CHECK(found.left_state == tree.root() + "/run/flyball/backup");
  {
    const BoardLock lock(tree.root());
    found = probe(tree);
    CHECK(found.is_governed);
    CHECK(found.left_state == "");
  }
  CHECK_FALSE(probe(tree).is_governed);
  tree.write(kApplication + "/batch_levels", "4 2");
  CHECK(probe(tree).problems.size() == 1);
}

TEST_CASE("where no board is there is nothing to show") {
  BoardTree tree;
  CHECK_THROWS_AS(static_cast<void>(probe(tree)), std::runtime_error);
}
