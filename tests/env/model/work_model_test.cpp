#include "env/model/work_model.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "env/config/check_fields.h"
#include "env/model/fitted_model.h"
#include "env/model/measured_model.h"
#include "env/model/roofline_model.h"
#include "tests/support/error_text.h"
#include "tests/support/small_board.h"

using namespace flyball;

namespace {

FittedParameters simple_parameters() {
  FittedParameters parameters;
  parameters.time.gpu.per_request = 20e6;
  parameters.time.memory.per_request = 40e6;
  parameters.time.host.per_request = 10e6;
  parameters.time.sharpness = 4.0;
  parameters.power.cpu = {1.0e9, 1.0, 0.7, 0.3, 0.1, 0.1};
  parameters.power.gpu = {400e6, 4.0, 0.7, 0.3, 0.1, 0.2};
  parameters.power.emc = {1.6e9, 1.0, 1.0, 0.0, 0.4, 0.0};
  parameters.rails = {{0, 1, 0, 0}, {1, 0, 0, 0}, {0, 0, 1, 1}};
  return parameters;
}

struct NamedModel {
  std::string name;
  std::shared_ptr<const WorkModel> model;
};

// Every implementation, on the small board.
std::vector<NamedModel> all_models() {
  const Board board = small_board();
  return {
      {"roofline", std::make_shared<RooflineModel>(board, small_electrical(), small_workload())},
      {"measured", std::make_shared<MeasuredModel>(board, small_table())},
      {"fitted", std::make_shared<FittedModel>(board, simple_parameters())}};
}

void check_activity(const Activity& activity) {
  for (const double share : {activity.cpu, activity.gpu, activity.emc, activity.iowait}) {
    CHECK(share >= 0.0);
    CHECK(share <= 1.0);
  }
  CHECK(activity.cpu + activity.iowait <= 1.0);
}

constexpr OperatingPoint kFast = {1.0e9, 400e6, 1.6e9};
constexpr OperatingPoint kSlow = {0.5e9, 100e6, 0.8e9};

std::string complaint(const Activity& activity) {
  return error_text([&] { check_fields(activity, "activity"); });
}

}  // namespace

TEST_CASE("every model gives a batch a finite time and activities that units can have") {
  for (const auto& [name, model] : all_models()) {
    CAPTURE(name);
    for (const OperatingPoint& point : {kFast, kSlow}) {
      for (const std::size_t requests : {1U, 3U, 64U}) {
        const BatchWork work = model->batch_work(requests, point);
        CHECK(std::isfinite(work.host_seconds));
        CHECK(work.host_seconds >= work.storage_seconds);
        CHECK(work.storage_seconds >= 0.0);
        CHECK(work.storage_block >= 1);
        CHECK(std::isfinite(work.accelerator_seconds));
        CHECK(work.accelerator_seconds > 0.0);
        check_activity(work.host);
        check_activity(work.accelerator);
      }
    }
  }
}

TEST_CASE("in every model a batch takes longer at slow clocks, and a larger one longer still") {
  for (const auto& [name, model] : all_models()) {
    CAPTURE(name);
    const auto seconds = [&](std::size_t requests, const OperatingPoint& point) {
      const BatchWork work = model->batch_work(requests, point);
      return work.host_seconds + work.accelerator_seconds;
    };
    CHECK(seconds(2, kSlow) > seconds(2, kFast));
    CHECK(seconds(4, kFast) > seconds(1, kFast));
  }
}

TEST_CASE("every model prepares a group in pieces, in a time that a thread can have") {
  for (const auto& [name, model] : all_models()) {
    CAPTURE(name);
    const std::size_t group = 6;
    const std::size_t piece = std::min<std::size_t>(model->piece_limit().value_or(group), group);
    CHECK(piece >= 1);
    const Preparation preparation = model->preparation(group, piece, kFast);
    CHECK(preparation.serial_seconds >= 0.0);
    CHECK(preparation.overlapped_seconds >= 0.0);
    CHECK(preparation.cpu >= 0.0);
    CHECK(preparation.cpu <= 1.0);
  }
}

TEST_CASE("every model fills all of the board's rails, and a busy board draws more") {
  const double unset = std::numeric_limits<double>::quiet_NaN();
  for (const auto& [name, model] : all_models()) {
    CAPTURE(name);
    BoardState state;
    state.effective_hz = {1.0e9, 400e6, 1.6e9};
    state.cpus_online = {2};
    state.gpu_powered = true;
    std::array<double, 3> idle = {unset, unset, unset};
    model->rail_watts(state, idle);
    state.activity = {1.0, 1.0, 0.5};
    state.accelerator_busy = true;
    state.batch = 2;
    std::array<double, 3> busy = {unset, unset, unset};
    model->rail_watts(state, busy);
    for (const double watts : idle) CHECK(watts >= 0.0);
    CHECK(busy[0] + busy[1] + busy[2] > idle[0] + idle[1] + idle[2]);
  }
}

TEST_CASE("operating points are equal where every clock and the share of the core are") {
  CHECK(kFast == OperatingPoint{1.0e9, 400e6, 1.6e9, 1.0});
  CHECK_FALSE(kFast == OperatingPoint{1.0e9, 400e6, 1.6e9, 0.5});
  CHECK_FALSE(kFast == OperatingPoint{1.0e9, 400e6, 0.8e9});
  CHECK_FALSE(kFast == OperatingPoint{1.0e9, 100e6, 1.6e9});
  CHECK_FALSE(kFast == OperatingPoint{0.5e9, 400e6, 1.6e9});
}

TEST_CASE("an activity in a file is a share of what a unit can switch") {
  CHECK(complaint({1.0, 1.0, 1.0, 0.0}) == "no error");
  CHECK(complaint({1.5, 0.0, 0.0, 0.0}) == "activity.cpu = 1.5: must be in [0, 1]");
  CHECK(complaint({0.0, -0.5, 0.0, 0.0}) == "activity.gpu = -0.5: must be in [0, 1]");
  CHECK(complaint({0.0, 0.0, 2.0, 0.0}) == "activity.emc = 2: must be in [0, 1]");
}

TEST_CASE("a board that nobody described is cold, idle and without a powered GPU") {
  const BoardState state;
  CHECK(state.celsius == 25.0);
  CHECK_FALSE(state.gpu_powered);
  CHECK_FALSE(state.accelerator_busy);
  CHECK(state.batch == 0);
  CHECK(state.activity.size() == kMaxDomains);
}
