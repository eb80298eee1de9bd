#include "env/board.h"

#include <doctest/doctest.h>

#include <stdexcept>

#include "tests/support/small_board.h"

using namespace flyball;

TEST_CASE("a mode's limits snap to the nearest table entry") {
  const Board board = small_board();
  PowerMode mode = board.modes[0];
  mode.gpu_max_hz = 180e6;
  mode.gpu_min_hz = 120e6;
  CHECK(domain_limits(board.domains[1], mode, {}) == LevelRange{0, 1});
  mode.gpu_max_hz = 90e6;
  mode.gpu_min_hz = 390e6;  // against each other: max wins
  CHECK(domain_limits(board.domains[1], mode, {}) == LevelRange{0, 0});
}

TEST_CASE("absent limits are unlimited") {
  const Board board = small_board();
  for (const Domain& domain : board.domains) {
    const LevelRange limits = domain_limits(domain, board.modes[0], {});
    CHECK(limits.floor == 0);
    CHECK(limits.ceiling == domain.frequencies_hz.size() - 1);
  }
}

TEST_CASE("a given CPU floor replaces the mode's own and moves no other domain") {
  const Board board = small_board();
  PowerMode mode = board.modes[0];
  mode.cpu_min_hz = 1.0e9;
  CHECK(domain_limits(board.domains[0], mode, {}).floor == 1);
  CHECK(domain_limits(board.domains[0], mode, 0.5e9).floor == 0);
  CHECK(domain_limits(board.domains[1], mode, 1.0e9).floor == 0);
}

TEST_CASE("a board describes the plant's domains, knobs, rails and zones") {
  const Board board = small_board();
  const PlantDescription description = describe(board, board.modes[0], {});
  CHECK(description.board == "small");
  CHECK(description.domains.size() == 3);
  CHECK(description.knobs.size() == description.limits.size());
  CHECK(description.rails == board.rails);
  CHECK(description.zones == std::vector<std::string>{"cpu"});
  CHECK(description.cpus == 2);
  CHECK_FALSE(description.has_application);
}

TEST_CASE("a board's error names the key at fault") {
  Board board = small_board();
  board.domains[1].frequencies_hz = {200e6, 100e6};
  CHECK_THROWS_WITH_AS(
      validate(board),
      "gpu.frequencies_hz[1] = 100000000: must be above the entry before it, 200000000",
      std::invalid_argument);
  board = small_board();
  board.modes[0].cpus_online = 3;
  CHECK_THROWS_WITH_AS(validate(board), "mode[0].cpus_online = 3: must be in [1, 2]",
                       std::invalid_argument);
  board = small_board();
  board.module_rails = {3};
  CHECK_THROWS_WITH_AS(validate(board), "power.module: not one of power.rails",
                       std::invalid_argument);
  board.module_rails = {};
  CHECK_THROWS_WITH_AS(validate(board), "power.module: says no rail", std::invalid_argument);
}

TEST_CASE("an unknown mode's error lists those that exist") {
  CHECK_THROWS_WITH_AS(find_mode(small_board(), 7),
                       "small has no power mode 7; there are: 0 (MAXN)", std::invalid_argument);
}
