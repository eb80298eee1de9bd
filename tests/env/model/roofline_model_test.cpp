#include "env/model/roofline_model.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "env/sim/engine.h"
#include "tests/support/small_board.h"

using namespace flyball;
using doctest::Approx;

namespace {

Board fine_board() {
  Board board = small_board();
  board.domains[1].frequencies_hz.clear();
  for (int i = 1; i <= 12; ++i) board.domains[1].frequencies_hz.push_back(50e6 * i);
  board.knobs[1].levels = board.domains[1].frequencies_hz;
  return board;
}

struct SweepPoint {
  double seconds_per_request;
  double watts;
  double joules_per_request;
};

// A closed loop at each GPU level, the other clocks at the top.
std::vector<SweepPoint> sweep_gpu(std::size_t batch) {
  std::vector<SweepPoint> sweep;
  const Board board = fine_board();
  for (Level level = 0; level < board.knobs[1].levels.size(); ++level) {
    SimConfig config = small_config(ClosedLoop{10 * batch, batch, {}});
    config.board = board;
    config.work = std::make_shared<RooflineModel>(board, small_electrical(), small_workload());
    config.board.modes[0].gpu_max_hz = board.knobs[1].levels[level];
    config.mode = config.board.modes[0];
    Engine engine(std::move(config));
    while (!engine.is_finished()) engine.advance_to(engine.now_seconds() + 10.0);
    const SimTruth& truth = engine.truth();
    const auto served = static_cast<double>(truth.served);
    sweep.push_back({*truth.finished_seconds / served,
                     truth.finished_joules / *truth.finished_seconds,
                     truth.finished_joules / served});
  }
  return sweep;
}

}  // namespace

TEST_CASE("power rises and latency falls with the GPU's frequency") {
  const std::vector<SweepPoint> sweep = sweep_gpu(4);
  for (std::size_t i = 1; i < sweep.size(); ++i) {
    CHECK(sweep[i].watts > sweep[i - 1].watts);
    CHECK(sweep[i].seconds_per_request < sweep[i - 1].seconds_per_request);
  }
}

TEST_CASE("energy per request has its minimum inside the GPU's table") {
  const std::vector<SweepPoint> sweep = sweep_gpu(4);
  const auto cheapest =
      std::min_element(sweep.begin(), sweep.end(), [](const SweepPoint& a, const SweepPoint& b) {
        return a.joules_per_request < b.joules_per_request;
      });
  CHECK(cheapest > sweep.begin());
  CHECK(cheapest < sweep.end() - 1);
  CHECK(sweep.front().joules_per_request > sweep.back().joules_per_request);
}

TEST_CASE("a larger batch costs less energy per request") {
  const std::vector<SweepPoint> small = sweep_gpu(1);
  const std::vector<SweepPoint> large = sweep_gpu(16);
  for (std::size_t i = 0; i < small.size(); ++i) {
    CHECK(large[i].joules_per_request < small[i].joules_per_request);
  }
}

TEST_CASE("an idle board draws power and a railgated GPU less of it") {
  const RooflineModel model(small_board(), small_electrical(), small_workload());
  BoardState state;
  state.effective_hz = {1.0e9, 400e6, 1.6e9};
  state.cpus_online = {2, 0, 0};
  std::vector<double> gated(3);
  std::vector<double> idle(3);
  std::vector<double> busy(3);
  model.rail_watts(state, gated);
  state.gpu_powered = true;
  model.rail_watts(state, idle);
  state.activity = {1.0, 0.9, 0.5};
  model.rail_watts(state, busy);
  CHECK(gated[0] == 0.0);
  CHECK(gated[1] + gated[2] > 0.0);
  CHECK(idle[0] > 0.0);
  for (std::size_t r = 0; r < 3; ++r) CHECK(busy[r] > idle[r]);
}

TEST_CASE("the smooth roofline is above its longest part and near it away from the corner") {
  RooflineParameters parameters = small_workload();
  parameters.memory = {0.0, 1e3};
  parameters.launch = {};
  const RooflineModel model(small_board(), small_electrical(), parameters);
  const BatchWork work = model.batch_work(4, {1e9, 400e6, 1.6e9});
  CHECK(work.accelerator_seconds == Approx(42e6 / 400e6));
  parameters.memory = {0.0, 42e6};  // at 1.6 GHz as long as the GPU's 42e6 / 4 at 400 MHz
  const RooflineModel corner(small_board(), small_electrical(), parameters);
  CHECK(corner.batch_work(4, {1e9, 400e6, 1.6e9}).accelerator_seconds ==
        Approx(0.105 * std::pow(2.0, 0.25)));
}

TEST_CASE("a slower clock of any unit never makes a batch faster") {
  const RooflineModel model(small_board(), small_electrical(), small_workload());
  const auto seconds = [&](OperatingPoint point) {
    const BatchWork work = model.batch_work(8, point);
    return work.host_seconds + work.accelerator_seconds;
  };
  const double top = seconds({1e9, 400e6, 1.6e9});
  CHECK(seconds({0.5e9, 400e6, 1.6e9}) > top);
  CHECK(seconds({1e9, 200e6, 1.6e9}) > top);
  CHECK(seconds({1e9, 400e6, 0.8e9}) > top);
}

TEST_CASE("leakage rises with the temperature") {
  Electrical electrical = small_electrical();
  electrical.leakage_per_kelvin = 0.02;
  const RooflineModel model(small_board(), electrical, small_workload());
  BoardState state;
  state.effective_hz = {1.0e9, 400e6, 1.6e9};
  state.gpu_powered = true;
  std::vector<double> cool(3);
  std::vector<double> hot(3);
  model.rail_watts(state, cool);
  state.celsius = 75.0;
  model.rail_watts(state, hot);
  CHECK(hot[0] - cool[0] == Approx(0.2 * 1.0 * 0.02 * 50.0));
}

TEST_CASE("an electrical or workload error names the key") {
  Electrical electrical = small_electrical();
  electrical.gpu.farads = -1.0;
  CHECK_THROWS_WITH_AS(RooflineModel(small_board(), electrical, small_workload()),
                       "electrical.gpu.farads = -1: must be >= 0", std::invalid_argument);
  RooflineParameters parameters = small_workload();
  parameters.gpu.per_request = 0.0;
  CHECK_THROWS_WITH_AS(validate(parameters), "workload.gpu.per_request = 0: must be > 0",
                       std::invalid_argument);
}

TEST_CASE("every part of a batch has the board's overhead, counted in requests") {
  RooflineTraits traits;
  traits.batch_overhead = 7.0;
  traits.sharpness = 2.0;
  const RequestCosts costs = {1e6, 2e6, 3e5, 4e5, 0.001, 0.8};
  const RooflineParameters parameters = roofline_parameters(traits, costs);
  CHECK(parameters.gpu.fixed == 7e6);
  CHECK(parameters.memory.per_request == 2e6);
  CHECK(parameters.launch.fixed == Approx(2.1e6));
  CHECK(parameters.input_fixed_seconds == Approx(0.007));
  CHECK(parameters.sharpness == 2.0);
  CHECK(parameters.gpu_intensity == 0.8);
  const RooflineModel model(small_board(), small_electrical(), parameters);
  const OperatingPoint point = {1e9, 400e6, 1.6e9};
  const auto seconds = [&](std::size_t n) {
    const BatchWork work = model.batch_work(n, point);
    return work.host_seconds + work.accelerator_seconds;
  };
  CHECK(seconds(8) / seconds(1) == Approx(15.0 / 8.0));
  CHECK(seconds(57) / seconds(1) == Approx(8.0));
}

TEST_CASE("a compute-bound batch follows the GPU's clock alone, a memory-bound one the memory's") {
  RooflineTraits traits;
  const OperatingPoint top = {1e9, 400e6, 1.6e9};
  const auto slowdown = [&](const RequestCosts& costs, const OperatingPoint& point) {
    const RooflineModel model(small_board(), small_electrical(),
                              roofline_parameters(traits, costs));
    return model.batch_work(4, point).accelerator_seconds /
           model.batch_work(4, top).accelerator_seconds;
  };
  const RequestCosts compute = {1e7, 1e3, 1e2, 0.0, 0.0, 1.0};
  CHECK(slowdown(compute, {1e9, 200e6, 1.6e9}) == Approx(2.0));
  CHECK(slowdown(compute, {0.5e9, 400e6, 0.8e9}) == Approx(1.0));
  const RequestCosts memory = {1e3, 4e7, 1e2, 0.0, 0.0, 1.0};
  CHECK(slowdown(memory, {1e9, 400e6, 0.8e9}) == Approx(2.0));
  CHECK(slowdown(memory, {0.5e9, 200e6, 1.6e9}) == Approx(1.0));
}

TEST_CASE("power never falls when a clock rises") {
  const RooflineModel model(small_board(), small_electrical(), small_workload());
  const auto total = [&](const BoardState& state) {
    std::vector<double> watts(3);
    model.rail_watts(state, watts);
    return watts[0] + watts[1] + watts[2];
  };
  BoardState state;
  state.gpu_powered = true;
  state.cpus_online = {2, 0, 0};
  state.activity = {1.0, 0.7, 0.4};
  state.effective_hz = {0.3e9, 50e6, 0.4e9};
  for (std::size_t d = 0; d < 3; ++d) {
    for (int step = 0; step < 10; ++step) {
      const double before = total(state);
      state.effective_hz[d] *= 1.2;
      CHECK(total(state) > before);
    }
  }
}

TEST_CASE("what workloads share is checked by name") {
  RooflineTraits traits;
  traits.sharpness = 0.5;
  CHECK_THROWS_WITH_AS(validate(traits), "roofline.sharpness = 0.5: must be in [1, 100]",
                       std::invalid_argument);
}
