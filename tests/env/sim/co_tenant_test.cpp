// Minibatches of fine-tuning beside the batches of inference.
#include "env/sim/co_tenant.h"

#include <doctest/doctest.h>

#include <memory>
#include <utility>
#include <vector>

#include "env/sim/sim_plant.h"
#include "tests/contracts/plant_contract.h"
#include "tests/support/small_board.h"

using namespace flyball;
using doctest::Approx;

namespace {

constexpr std::size_t kGpu = 1;
constexpr std::size_t kKnob = 3;  // fine_tuning, after the board's

// A batch takes 0.1 s, a minibatch 0.6 s, all of it on the accelerator.
SimConfig shared_config(Arrivals arrivals) {
  SimConfig config = small_config(std::move(arrivals));
  FineTuning tuning;
  tuning.work = config.work;
  tuning.minibatch = 2;
  tuning.minibatches = 20;
  tuning.rule = FineTuningRule::kBeside;
  tuning.refill = 0.0;
  config.fine_tuning = tuning;
  config.fine_tuning_levels = {0.0, 1.0, 2.0};
  return config;
}

ApplicationTelemetry shown_at(Engine& engine, double time_seconds) {
  engine.advance_to(time_seconds);
  Telemetry telemetry;
  engine.fill(telemetry);
  return *telemetry.application;
}

}  // namespace

TEST_CASE("slices of the accelerator and refilled caches make both slower") {
  FineTuning tuning;
  tuning.inference_share = 0.4;
  tuning.refill = 0.5;
  BatchWork inference;
  inference.accelerator.emc = 0.5;
  BatchWork minibatch;
  minibatch.accelerator.emc = 0.8;
  const SharedSlowness slowness = shared_slowness(tuning, inference, minibatch);
  CHECK(slowness.inference == Approx(1.2 / 0.4));
  CHECK(slowness.tuning == Approx(1.2 / 0.6));
}

TEST_CASE("a batch and a minibatch beside it share the accelerator's time") {
  Engine engine(shared_config(std::vector<Arrival>{{1.0, 1, {}}}));
  CHECK(shown_at(engine, 0.59).minibatches == 0);
  CHECK(shown_at(engine, 0.61).minibatches == 1);
  // The batch runs from 1.0 to 1.2, twice as long as alone; the minibatch loses 0.1 s meanwhile.
  CHECK(shown_at(engine, 1.29).minibatches == 1);
  const ApplicationTelemetry shown = shown_at(engine, 1.31);
  CHECK(shown.minibatches == 2);
  CHECK(*shown.minibatch_seconds == Approx(0.7));
  REQUIRE(engine.truth().latencies_seconds.size() == 1);
  CHECK(engine.truth().latencies_seconds.front() == Approx(0.2));
}

TEST_CASE("what inference has of the accelerator is configured, and its traffic costs both") {
  SimConfig config = shared_config(std::vector<Arrival>{{1.0, 1, {}}});
  config.fine_tuning->inference_share = 0.8;
  Engine engine(config);
  engine.advance_to(3.0);
  CHECK(engine.truth().latencies_seconds.front() == Approx(0.125));
}

TEST_CASE("a minibatch beside a batch follows the clocks") {
  SimConfig config = shared_config(std::vector<Arrival>{});
  config.fine_tuning->minibatches = 1;
  Engine engine(config);
  engine.advance_to(0.295);
  engine.request(kGpu, 1);  // half as fast from 0.3 s on, when half is done
  engine.advance_to(10.0);
  CHECK(*engine.truth().finished_seconds == Approx(0.3 + 0.6));
}

TEST_CASE("a minibatch under way is not broken off, and the next one runs as is asked for then") {
  Engine engine(shared_config(std::vector<Arrival>{{1.0, 1, {}}, {3.0, 1, {}}}));
  engine.advance_to(0.3);
  engine.set_fine_tuning(FineTuningRule::kForbidden);
  CHECK(shown_at(engine, 0.9).minibatches == 1);
  CHECK(shown_at(engine, 2.0).minibatches == 1);
  CHECK(engine.truth().latencies_seconds.at(0) == Approx(0.1));
  engine.set_fine_tuning(FineTuningRule::kBetween);  // at 2.0, 2.6: the request of 3.0 waits
  CHECK(shown_at(engine, 3.31).minibatches == 3);
  CHECK(engine.truth().latencies_seconds.at(1) == Approx(0.2 + 0.1));
}

TEST_CASE("jobs come one by one and are done one after the other, with the run's end behind them") {
  SimConfig config = shared_config(std::vector<Arrival>{{0.1, 1, {}}});
  config.fine_tuning->minibatches = 2;
  config.fine_tuning->jobs = 3;
  config.fine_tuning->from_seconds = 1.0;
  config.fine_tuning->job_interval_seconds = 1.0;
  Engine engine(config);
  CHECK(shown_at(engine, 0.9).minibatches_waiting == 0);
  CHECK_FALSE(engine.is_finished());
  CHECK(shown_at(engine, 1.1).minibatches_waiting == 2);
  CHECK(shown_at(engine, 2.1).minibatches_waiting == 3);  // one of the first job, two of the second
  engine.advance_to(20.0);
  CHECK(*engine.truth().finished_seconds == Approx(1.0 + 6 * 0.6));
  CHECK(engine.truth().minibatches == 6);
}

TEST_CASE("both at work draw what a mean of their activities draws, and it counts as serving") {
  SimConfig config = shared_config(std::vector<Arrival>{{1.0, 1, {}}});
  config.work = std::make_shared<RooflineModel>(config.board, small_electrical(), small_workload());
  config.fine_tuning->work = config.work;
  config.fine_tuning->minibatches = 1000;
  Engine engine(config);
  engine.advance_to(5.0);
  const SimTruth& truth = engine.truth();
  CHECK(truth.at(WorkKind::kServing).joules + truth.at(WorkKind::kFineTuning).joules ==
        Approx(truth.energy_joules));
  CHECK(truth.accelerator_seconds <= truth.seconds);
  const double watts =
      truth.at(WorkKind::kFineTuning).joules / truth.at(WorkKind::kFineTuning).seconds;
  CHECK(truth.at(WorkKind::kServing).joules / truth.at(WorkKind::kServing).seconds ==
        Approx(watts).epsilon(0.1));
}

TEST_CASE("a lease turns fine-tuning, an open range and its end leave it to the application") {
  SimPlant plant(shared_config(std::vector<Arrival>{{100.0, 1, {}}}));
  const auto asked = [&] {
    Telemetry telemetry;
    REQUIRE_FALSE(plant.read(telemetry));
    return telemetry.application->fine_tuning_recommended;
  };
  CHECK(asked() == 2.0);
  {
    ControlLease lease = plant.lease(std::vector<std::size_t>{kKnob});
    REQUIRE_FALSE(lease.apply(Setting::pinned(std::vector<Level>{0})));
    CHECK(asked() == 0.0);
    Telemetry telemetry;
    REQUIRE_FALSE(plant.read(telemetry));
    CHECK(effective_level(plant.description().knobs[kKnob], telemetry) == Level{0});
    Setting open;
    open.resize(1);
    open[0] = {0, 2};
    REQUIRE_FALSE(lease.apply(open));
    CHECK(asked() == 2.0);
    REQUIRE_FALSE(lease.apply(Setting::pinned(std::vector<Level>{1})));
    CHECK(asked() == 1.0);
  }
  CHECK(asked() == 2.0);
}

TEST_CASE("the simulated plant that is fine-tuned is a plant") {
  PlantContract contract;
  contract.make = [](std::uint64_t seed) {
    std::vector<Arrival> arrivals;
    for (int i = 0; i < 50; ++i) arrivals.push_back({0.3 * i, 1, 0.5});
    SimConfig config = shared_config(arrivals);
    config.fine_tuning->refill = 0.3;
    config.seed = seed;
    return std::make_unique<SimPlant>(std::move(config));
  };
  contract.check_all();
}

TEST_CASE("wrong tenants and levels without one are refused") {
  SimConfig config = shared_config(ClosedLoop{1, 1, {}});
  config.fine_tuning.reset();
  CHECK_THROWS_WITH_AS(SimPlant{config}, "fine_tuning_levels: need fine_tuning, what is trained",
                       std::invalid_argument);
  config = shared_config(ClosedLoop{1, 1, {}});
  config.fine_tuning->inference_share = 1.0;
  CHECK_THROWS_WITH_AS(SimPlant{config}, doctest::Contains("fine_tuning.inference_share = 1"),
                       std::invalid_argument);
  config = shared_config(ClosedLoop{1, 1, {}});
  config.fine_tuning->jobs = 0;
  CHECK_THROWS_WITH_AS(SimPlant{config}, doctest::Contains("fine_tuning.jobs = 0"),
                       std::invalid_argument);
}
