#include "tools/daemon/board_choice.h"

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <sstream>

#include "tests/support/temporary_directory.h"
#include "tests/tools/daemon/nano_tree.h"
#include "tools/exit_codes.h"

using namespace flyball;

TEST_CASE("the board is the described one whose tables the files show") {
  const TemporaryDirectory directory;
  const NanoTree tree(directory.path());
  const std::vector<ProbedBoard> found = probe_all(tree.root());
  CHECK(found.size() > 1);
  CHECK(found[0].board.id == "nano-4gb");
  CHECK(found[0].probe.misfits() == 0);
  CHECK(found[1].probe.misfits() > 0);
  CHECK(choose_board(tree.root(), "").id == "nano-4gb");
  CHECK(choose_board(tree.root().string() + "/", "").id == "nano-4gb");
  CHECK(choose_board(tree.root(), "tx2-8gb").id == "tx2-8gb");  // whoever names one is believed
}

TEST_CASE("a table that no description has is no board that is known") {
  const TemporaryDirectory directory;
  const NanoTree tree(directory.path());
  tree.write("sys/class/devfreq/57000000.gpu/available_frequencies", "76800000 999000000");
  CHECK(probe_all(tree.root())[0].board.id == "nano-4gb");  // the nearest
  CHECK_THROWS_WITH_AS(choose_board(tree.root(), ""),
                       doctest::Contains("no described board has these tables"), CommandError);
}

// The clocks of a described board; the memory's files are root's.
void write_clocks(const NanoTree& tree, const std::string& id) {
  const Board board = load_board(id).board;
  std::filesystem::remove_all(tree.root() / "sys");
  const auto table = [](const Domain& domain, double unit_hz) {
    std::ostringstream text;
    for (const double hz : domain.frequencies_hz) text << std::llround(hz / unit_hz) << ' ';
    return text.str();
  };
  for (const Domain& domain : board.domains) {
    const std::string cpu = "sys/devices/system/cpu/cpufreq/policy" +
                            std::to_string(domain.cpus.empty() ? 0 : domain.cpus.front()) + "/";
    if (domain.kind == DomainKind::kCpu) {
      std::ostringstream cpus;
      for (const int n : domain.cpus) cpus << n << ' ';
      tree.write(cpu + "related_cpus", cpus.str());
      tree.write(cpu + "scaling_available_frequencies", table(domain, 1e3));
    } else if (domain.kind == DomainKind::kGpu) {
      tree.write("sys/class/devfreq/17000000.gpu/available_frequencies", table(domain, 1.0));
    }
  }
}

TEST_CASE("boards with the same tables are told apart by the module in the device tree") {
  const TemporaryDirectory directory;
  const NanoTree tree(directory.path());
  const std::string compatible = "proc/device-tree/compatible";
  write_clocks(tree, "orin-nano-4gb");
  CHECK_THROWS_WITH_AS(choose_board(tree.root(), ""),
                       doctest::Contains("those of orin-nano-4gb, orin-nano-8gb; say which"),
                       CommandError);
  tree.write(compatible, "nvidia,p3768-0000+p3767-0004");
  CHECK(choose_board(tree.root(), "").id == "orin-nano-4gb");
  tree.write(compatible, "nvidia,p3768-0000+p3767-0005");
  CHECK(choose_board(tree.root(), "").id == "orin-nano-8gb");
  write_clocks(tree, "tx2-8gb");
  tree.write(compatible, "nvidia,p3509-0000+p3636-0001");
  CHECK(choose_board(tree.root(), "").id == "tx2-nx-4gb");
  tree.write(compatible, "nvidia,p2597-0000+p3310-1000");
  CHECK(choose_board(tree.root(), "").id == "tx2-8gb");
}

TEST_CASE("a board whose tables nobody has confirmed is known by its module alone") {
  const TemporaryDirectory directory;
  const NanoTree tree(directory.path());
  write_clocks(tree, "agx-thor-128gb");
  tree.write("sys/devices/system/cpu/cpufreq/policy0/scaling_available_frequencies",
             "972000 2601000");
  CHECK_THROWS_AS(choose_board(tree.root(), ""), CommandError);
  tree.write("proc/device-tree/compatible", "nvidia,p4071-0000+p3834-0008");
  CHECK(choose_board(tree.root(), "").id == "agx-thor-128gb");
  const BoardProbe probe = probe_all(tree.root())[0].probe;
  CHECK(probe.clocks[0].is_unconfirmed);
  CHECK(probe.unconfirmed.size() == 6);
}

TEST_CASE("a root without a board is refused, and so is a board that is not described") {
  const TemporaryDirectory directory;
  CHECK_THROWS_AS(probe_all(directory.path()), CommandError);
  CHECK_THROWS_AS(choose_board(directory.path(), ""), CommandError);
  CHECK_THROWS_AS(choose_board(directory.path(), "nono-4gb"), std::runtime_error);
}
