#include "tools/daemon/board_choice.h"

#include <doctest/doctest.h>

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

TEST_CASE("a root without a board is refused, and so is a board that is not described") {
  const TemporaryDirectory directory;
  CHECK_THROWS_AS(probe_all(directory.path()), CommandError);
  CHECK_THROWS_AS(choose_board(directory.path(), ""), CommandError);
  CHECK_THROWS_AS(choose_board(directory.path(), "nono-4gb"), std::runtime_error);
}
