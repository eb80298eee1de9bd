#include "env/model/fitted_model.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>

#include "tests/support/small_board.h"

using namespace flyball;

namespace {

// A batch of n takes 40e6 n GPU cycles and 10e6 n host cycles, nothing else.
FittedParameters simple_parameters() {
  FittedParameters parameters;
  parameters.time.gpu.per_request = 40e6;
  parameters.time.host.per_request = 10e6;
  parameters.power.base_watts = 2.0;
  parameters.power.gpu = {400e6, 8.0, 0.5, 0.5, 0.25, 1.0};
  parameters.power.cpu = {1e9, 1.0, 1.0, 0.0, 0.0, 0.0};
  parameters.power.gpu_stalled = 1.0;
  parameters.power.cpu_waiting = 0.0;
  parameters.rails = {{0.0, 1.0, 0.0, 0.0}, {1.0, 0.0, 0.0, 0.0}, {0.0, 0.0, 1.0, 1.0}};
  return parameters;
}

// A correction by one input at 200 MHz, of weight 1: exp(1 * s^2) there.
Residual one_input() {
  Residual residual;
  residual.knobs = {FitKnob::kGpu};
  residual.inputs = {{200e6}};
  residual.time = {{1.0}, 0.5, {1.0}};
  residual.energy = {{1.0}, 0.5, {2.0}};
  return residual;
}

BoardState busy_state(double gpu_hz) {
  BoardState state;
  state.effective_hz = {1e9, gpu_hz, 1.6e9};
  state.activity = {0.0, 1.0, 0.0};
  state.cpus_online = {2, 0, 0};
  state.gpu_powered = true;
  state.accelerator_busy = true;
  state.batch = 1;
  return state;
}

}  // namespace

TEST_CASE("without a residual time is cycles over frequency") {
  const FittedModel model(small_board(), simple_parameters());
  const BatchWork work = model.batch_work(2, {1e9, 200e6, 1.6e9});
  CHECK(work.accelerator_seconds == doctest::Approx(0.4));
  CHECK(work.host_seconds == doctest::Approx(0.02));
  CHECK(work.accelerator.gpu == doctest::Approx(1.0));
}

TEST_CASE("a thread that shares its core takes longer on the host only") {
  const FittedModel model(small_board(), simple_parameters());
  const BatchWork work = model.batch_work(2, {1e9, 200e6, 1.6e9, 0.5});
  CHECK(work.host_seconds == doctest::Approx(0.04));
  CHECK(work.accelerator_seconds == doctest::Approx(0.4));
}

TEST_CASE("power follows V squared f above the knee") {
  const FittedModel model(small_board(), simple_parameters());
  std::array<double, 3> watts{};
  model.rail_watts(busy_state(400e6), watts);
  CHECK(watts[0] == doctest::Approx(8.0 + 1.0));
  CHECK(watts[2] == doctest::Approx(2.0));
  model.rail_watts(busy_state(200e6), watts);  // at the knee: half the voltage, half the clock
  CHECK(watts[0] == doctest::Approx(8.0 * 0.25 * 0.5 + 0.5));
}

TEST_CASE("an idle GPU switches its idle share, a railgated one nothing") {
  const FittedModel model(small_board(), simple_parameters());
  BoardState state = busy_state(400e6);
  state.activity = {0.0, 0.0, 0.0};
  state.batch = 0;
  std::array<double, 3> watts{};
  model.rail_watts(state, watts);
  CHECK(watts[0] == doctest::Approx(0.25 * 8.0 + 1.0));
  state.gpu_powered = false;
  model.rail_watts(state, watts);
  CHECK(watts[0] == 0.0);
}

TEST_CASE("the residual scales time and, through energy, power of a batch") {
  FittedParameters parameters = simple_parameters();
  parameters.residual = one_input();
  const FittedModel model(small_board(), parameters);
  const BatchWork work = model.batch_work(1, {1e9, 200e6, 1.6e9});
  CHECK(work.accelerator_seconds == doctest::Approx(0.2 * std::exp(0.25)));
  std::array<double, 3> watts{};
  model.rail_watts(busy_state(200e6), watts);
  CHECK(watts[2] == doctest::Approx(2.0 * std::exp(0.5 - 0.25)));
  BoardState idle = busy_state(200e6);
  idle.batch = 0;
  model.rail_watts(idle, watts);
  CHECK(watts[2] == doctest::Approx(2.0));
}

TEST_CASE("the correction is the Matern 3/2 kernel of the logarithms") {
  const Residual residual = one_input();
  const double distance = std::log(2.0);
  const double expected =
      0.25 * (1.0 + std::sqrt(3.0) * distance) * std::exp(-std::sqrt(3.0) * distance);
  CHECK(correction(residual, residual.time, std::array{400e6}) == doctest::Approx(expected));
}

TEST_CASE("between tabulated batches the factor is linear in the logarithm, beyond them flat") {
  FittedParameters parameters = simple_parameters();
  parameters.residual.knobs = {FitKnob::kBatch};
  parameters.residual.inputs = {{1.0}, {16.0}};
  parameters.residual.time = {{1e-3}, 1.0, {std::log(2.0), std::log(4.0)}};
  parameters.residual.energy = {{1e-3}, 1.0, {0.0, 0.0}};
  const FittedModel model(small_board(), parameters);
  const auto per_request = [&](std::size_t n) {
    return model.batch_work(n, {1e9, 400e6, 1.6e9}).accelerator_seconds / static_cast<double>(n);
  };
  CHECK(per_request(1) == doctest::Approx(0.2));
  CHECK(per_request(4) == doctest::Approx(0.3));
  CHECK(per_request(16) == doctest::Approx(0.4));
  CHECK(per_request(64) == doctest::Approx(0.4));
}

TEST_CASE("a knob that was held has no influence") {
  FittedParameters parameters = simple_parameters();
  parameters.held_cpu_hz = 1e9;
  const FittedModel model(small_board(), parameters);
  CHECK(model.batch_work(1, {0.5e9, 400e6, 1.6e9}).host_seconds ==
        model.batch_work(1, {1.0e9, 400e6, 1.6e9}).host_seconds);
  std::array<double, 3> slow{};
  std::array<double, 3> fast{};
  BoardState state = busy_state(400e6);
  model.rail_watts(state, fast);
  state.effective_hz[0] = 0.5e9;
  model.rail_watts(state, slow);
  CHECK(slow == fast);
}

TEST_CASE("parameters that cannot be are refused by their key") {
  FittedParameters parameters = simple_parameters();
  parameters.power.gpu.knee = 1.0;
  CHECK_THROWS_WITH(FittedModel(small_board(), parameters),
                    "workload.power.gpu.knee = 1: must be in [0, 1)");
  parameters = simple_parameters();
  parameters.residual = one_input();
  parameters.residual.energy.weights.clear();
  CHECK_THROWS_WITH(FittedModel(small_board(), parameters),
                    "residual.energy.weights: 0 values for 1 inputs");
  parameters = simple_parameters();
  parameters.rails.pop_back();
  CHECK_THROWS_WITH(FittedModel(small_board(), parameters),
                    "workload.rails: 2 entries, small has 3 rails");
}

TEST_CASE("a group enters the queue by pieces, and later by what overlaps") {
  FittedParameters parameters = simple_parameters();
  parameters.time.prepare.per_request = 5e6;
  parameters.time.entry = GroupEntry{2, {0.04, 0.01}};
  const FittedModel model(small_board(), parameters);
  CHECK(model.piece_limit() == 2);
  const Preparation piece = model.preparation(6, 2, {1e9, 200e6, 1.6e9});
  CHECK(piece.serial_seconds == doctest::Approx(0.01));
  CHECK(piece.overlapped_seconds == doctest::Approx(0.10));
}
