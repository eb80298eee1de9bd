#include "env/fitting/twin_beliefs.h"

#include <doctest/doctest.h>

#include <cmath>
#include <optional>
#include <vector>

#include "tests/env/fitting/simulated_log.h"

using namespace flyball;
using doctest::Approx;

namespace {

LogUsage some_usage() {
  LogUsage usage;
  usage.gpu_seconds = 0.2;
  usage.cpu_seconds = 0.1;
  usage.batch = 2.0;
  return usage;
}

TwinBeliefs beliefs(const std::optional<FittedParameters>& measured = std::nullopt) {
  return twin_beliefs(small_board_config(), some_usage(), 2, measured);
}

FittedParameters at_means(const TwinBeliefs& believed) {
  std::vector<double> means;
  for (const TwinUnknown& unknown : believed.unknowns) means.push_back(unknown.mean);
  return believed.parameters(means);
}

}  // namespace

TEST_CASE("the model that is believed is one, and costs what the log shows in all") {
  const FittedParameters start = at_means(beliefs());
  CHECK_NOTHROW(validate(start, small_board()));
  OperatingPoint point;
  point.cpu_hz = point.gpu_hz = point.emc_hz = 1e9;
  const BatchWork work = fitted_work(start, 2.0, point);
  CHECK(work.accelerator_seconds > 0.1);
  CHECK(work.accelerator_seconds < 0.3);
  CHECK(work.host_seconds < 0.1);
}

TEST_CASE("a batch costs what so many requests more do, in every part") {
  const TwinBeliefs believed = beliefs();
  std::vector<double> logarithms;
  for (const TwinUnknown& unknown : believed.unknowns) logarithms.push_back(unknown.mean);
  logarithms[believed.overhead] = std::log(5.0);
  const FittedTime time = believed.parameters(logarithms).time;
  CHECK(time.gpu.fixed == Approx(5.0 * time.gpu.per_request));
  CHECK(time.memory.fixed == Approx(5.0 * time.memory.per_request));
  CHECK(time.host.fixed == Approx(5.0 * time.host.per_request));
}

TEST_CASE("the unknowns of host and preparing thread are those that move them") {
  const TwinBeliefs believed = beliefs();
  FittedParameters parameters = believed.start;
  believed.unknowns[believed.prepare].set(parameters, std::log(7.0));
  CHECK(parameters.time.prepare.per_request == Approx(7.0));
  const FittedParameters before = at_means(believed);
  for (const std::size_t k : believed.hosts) {
    FittedParameters moved = before;
    believed.unknowns[k].set(moved, believed.unknowns[k].mean + 1.0);
    CHECK(moved.time.gpu.per_request == before.time.gpu.per_request);
    CHECK(moved.power.base_watts == before.power.base_watts);
    const bool changed =
        moved.time.host.per_request != before.time.host.per_request ||
        moved.time.prepare.per_request != before.time.prepare.per_request ||
        moved.time.input_seconds != before.time.input_seconds ||
        moved.time.entry->overlapped.fixed != before.time.entry->overlapped.fixed ||
        moved.time.entry->overlapped.per_request != before.time.entry->overlapped.per_request;
    CHECK(changed);
  }
}

TEST_CASE("what a sweep of the model told of its accelerator is believed, and hardly moves") {
  FittedParameters measured = at_means(beliefs());
  measured.time.gpu = {3e7, 1e7};
  measured.time.memory = {0.0, 2e6};
  measured.time.sharpness = 7.0;
  measured.power.gpu.full_watts = 12.0;
  measured.power.gpu_stalled = 0.4;
  const TwinBeliefs believed = beliefs(measured);
  const FittedParameters start = at_means(believed);
  CHECK(start.time.gpu.per_request == Approx(1e7));
  CHECK(start.time.gpu.fixed == Approx(3e7));
  CHECK(start.time.memory.per_request == Approx(2e6));
  CHECK(start.time.sharpness == 7.0);
  CHECK(start.power.gpu.full_watts == Approx(12.0));
  CHECK(start.power.gpu_stalled == Approx(0.4));
  CHECK(believed.unknowns[believed.overhead + 1].spread <
        0.5 * beliefs().unknowns[believed.overhead + 1].spread);
}
