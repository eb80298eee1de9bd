#include "tools/reproduce/own/changing_case.h"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <memory>
#include <stdexcept>

#include "env/errors.h"
#include "env/sim/sim_plant.h"
#include "tools/jobs/parallel_jobs.h"
#include "tools/reproduce/common/skewed_model.h"
#include "tools/reproduce/common/trained_policy.h"

using namespace flyball;
using doctest::Approx;

namespace {

// A tenth of the scenario, a short log, few steps, and few settings to try as fixed ones.
ChangingCase small_case() {
  ChangingCase which = load_changing_case("bursts-agx-xavier");
  which.scenario.arrivals.duration_seconds = 12.0;
  which.scenario.seeds = {1};
  which.scenario.control.knobs = {"gpu"};
  which.training.simulations.front().log.duration_seconds = 120.0;
  which.training.trainer.steps = 50;
  return which;
}

}  // namespace

TEST_CASE("the best fixed setting is feasible and saves more than what the kernel offers") {
  const ChangingBaseline baseline = measure_baseline(small_case(), 1);
  CHECK(baseline.best_fixed.figures.feasible);
  CHECK(baseline.setting.starts_with("gpu "));
  REQUIRE(baseline.others.size() == 3);
  CHECK(baseline.others[0].name == "stock");
  CHECK(baseline.others[0].saving == 0.0);
  CHECK(baseline.others[1].name == "performance");
  CHECK(baseline.best_fixed.saving > baseline.others[1].saving);
}

TEST_CASE("a policy serves the same work as stock, and the same seed gives the same figures") {
  const ChangingCase which = small_case();
  const ChangingBaseline baseline = measure_baseline(which, 1);
  const ChangingPolicy first = train_and_judge(which, load_data(which.training, 3), 3);
  const ChangingPolicy again = train_and_judge(which, load_data(which.training, 3), 3);
  const RunFigures& stock = baseline.others[0].figures;
  CHECK(first.judged.figures.served == stock.served);
  CHECK(first.judged.figures.unserved == 0);
  CHECK(first.judged.saving ==
        Approx(1.0 - first.judged.figures.energy_joules / stock.energy_joules));
  CHECK(first.judged.figures.energy_joules == again.judged.figures.energy_joules);
  CHECK(first.training_seconds > 0.0);
}

TEST_CASE("a training configuration without a simulation is no case") {
  CHECK_THROWS_AS(load_changing_case("saturated"), ConfigError);
}

TEST_CASE("a skewed model is wrong by its factors and by nothing else") {
  const ChangingCase which = small_case();
  const std::shared_ptr<const WorkModel> truth = which.scenario.workload.work;
  const SkewedModel skewed(truth, {1.1, 0.9, 1.2});
  const OperatingPoint point{1.2e9, 9e8, 1.6e9};
  const BatchWork a = truth->batch_work(4, point);
  const BatchWork b = skewed.batch_work(4, point);
  CHECK(b.host_seconds == Approx(1.1 * a.host_seconds));
  CHECK(b.accelerator_seconds == Approx(0.9 * a.accelerator_seconds));
  CHECK(b.accelerator.gpu == a.accelerator.gpu);
  CHECK(skewed.preparation(4, 4, point).serial_seconds ==
        Approx(1.1 * truth->preparation(4, 4, point).serial_seconds));
  std::array<double, 8> watts{};
  std::array<double, 8> more{};
  const std::size_t rails = which.scenario.board.board.rails.size();
  truth->rail_watts({}, std::span(watts.data(), rails));
  skewed.rail_watts({}, std::span(more.data(), rails));
  for (std::size_t r = 0; r < rails; ++r) CHECK(more[r] == Approx(1.2 * watts[r]));
}

TEST_CASE("parallel jobs run once each, and the first exception comes back") {
  std::array<std::atomic<int>, 50> runs{};
  run_parallel("test", runs.size(), 3, [&](std::size_t i) {
    ++runs[i];
    return std::string("job");
  });
  for (const std::atomic<int>& count : runs) CHECK(count == 1);
  CHECK_THROWS_AS(run_parallel("test", 10, 2,
                               [](std::size_t) -> std::string { throw std::runtime_error("no"); }),
                  std::runtime_error);
}
