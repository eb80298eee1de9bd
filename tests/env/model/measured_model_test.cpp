#include "env/model/measured_model.h"

#include <doctest/doctest.h>

#include <numeric>
#include <vector>

#include "tests/support/small_board.h"

using namespace flyball;
using doctest::Approx;

namespace {

double module_watts(const MeasuredModel& model, const BoardState& state) {
  std::vector<double> watts(3);
  model.rail_watts(state, watts);
  return std::accumulate(watts.begin(), watts.end(), 0.0);
}

}  // namespace

TEST_CASE("measured points come back and between them the table is linear") {
  const MeasuredModel model(small_board(), small_table());
  CHECK(model.batch_work(1, {1e9, 100e6, 1e9}).accelerator_seconds == Approx(0.4));
  CHECK(model.batch_work(4, {1e9, 400e6, 1e9}).accelerator_seconds == Approx(0.4));
  CHECK(model.batch_work(2, {1e9, 400e6, 1e9}).accelerator_seconds == Approx(0.2));
  CHECK(model.batch_work(1, {1e9, 150e6, 1e9}).accelerator_seconds == Approx(0.3));
}

TEST_CASE("beyond the largest batch the table is extended, beyond the frequencies it is not") {
  const MeasuredModel model(small_board(), small_table());
  CHECK(model.batch_work(8, {1e9, 400e6, 1e9}).accelerator_seconds == Approx(0.8));
  CHECK(model.batch_work(1, {1e9, 50e6, 1e9}).accelerator_seconds == Approx(0.4));
  CHECK(model.batch_work(1, {1e9, 800e6, 1e9}).accelerator_seconds == Approx(0.1));
}

TEST_CASE("power is railgated, idle or busy, and preparing comes on top") {
  MeasuredTable table = small_table();
  table.preparing_watts = 0.4;
  const MeasuredModel model(small_board(), table);
  BoardState state;
  state.effective_hz = {1e9, 200e6, 1.6e9};
  CHECK(module_watts(model, state) == Approx(1.0));
  state.gpu_powered = true;
  CHECK(module_watts(model, state) == Approx(2.5));
  state.preparing = true;
  CHECK(module_watts(model, state) == Approx(2.9));
  state.accelerator_busy = true;
  state.batch = 3;
  CHECK(module_watts(model, state) == Approx(5.4));
}

TEST_CASE("a table's error names the key") {
  MeasuredTable table = small_table();
  table.seconds[2][1] = -0.4;
  CHECK_THROWS_WITH_AS(MeasuredModel(small_board(), table),
                       "table.seconds[2][1] = -0.4: must be > 0", std::invalid_argument);
  table = small_table();
  table.idle_watts[1] = -1.0;
  CHECK_THROWS_WITH_AS(MeasuredModel(small_board(), table),
                       "table.idle_watts[1] = -1: must be >= 0", std::invalid_argument);
  table = small_table();
  table.piece = 0;
  CHECK_THROWS_WITH_AS(MeasuredModel(small_board(), table),
                       "table.piece = 0: must be in [1, 1e+09]", std::invalid_argument);
  table = small_table();
  table.rail_shares = {0.5, 0.2};
  CHECK_THROWS_AS(MeasuredModel(small_board(), table), std::invalid_argument);
  table = small_table();
  table.rail_shares = {0.5, 0.2, 0.2};
  CHECK_THROWS_WITH_AS(
      MeasuredModel(small_board(), table),
      "table.rail_shares: the shares of the rails that are the module's power must sum to 1",
      std::invalid_argument);
}
