#include "env/module_power.h"

#include <doctest/doctest.h>

#include <array>
#include <optional>

using namespace flyball;

namespace {

using Readings = std::array<std::optional<double>, 4>;

Board summed_board() {
  Board board;
  board.rails = {"GPU_SOC", "CPU_CV", "SYS_5V0", "VDDQ"};  // VDDQ is drawn from SYS_5V0
  board.module_rails = {0, 1, 2};
  return board;
}

std::optional<double> power(const Board& board, const Readings& readings) {
  return module_power(board, std::span<const std::optional<double>>(readings));
}

}  // namespace

TEST_CASE("a rail that is drawn from another is not added") {
  CHECK(power(summed_board(), {10.0, 1.0, 5.0, 2.0}) == 16.0);
  const std::array<double, 4> watts = {10.0, 1.0, 5.0, 2.0};
  CHECK(module_power(summed_board(), std::span<const double>(watts)) == 16.0);
}

TEST_CASE("a rail of the sum that is absent makes the module's power absent, another does not") {
  CHECK(power(summed_board(), {10.0, 1.0, 5.0, std::nullopt}) == 16.0);
  CHECK_FALSE(power(summed_board(), {10.0, std::nullopt, 5.0, 2.0}).has_value());
}

TEST_CASE("a rail of the whole module is its power") {
  Board board = summed_board();
  board.module_rails = {2};
  CHECK(power(board, {std::nullopt, std::nullopt, 5.0, std::nullopt}) == 5.0);
}

TEST_CASE("a sum that cannot be a module's power is absent") {
  CHECK_FALSE(power(summed_board(), {0.0, 0.0, 0.0, 2.0}).has_value());
  CHECK_FALSE(power(summed_board(), {-5.0, 1.0, 1.0, 2.0}).has_value());
  CHECK_FALSE(power(summed_board(), {1e6, 1.0, 1.0, 2.0}).has_value());
  CHECK(power(summed_board(), {-0.01, 1.0, 1.0, 2.0}).has_value());
}

TEST_CASE("a board that says nothing of rails has no power") {
  CHECK_FALSE(power(Board{}, {1.0, 1.0, 1.0, 1.0}).has_value());
}
