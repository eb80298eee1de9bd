// A share of the work that is sent to a cloud.
#include <doctest/doctest.h>

#include <vector>

#include "env/sim/sim_plant.h"
#include "tests/contracts/plant_contract.h"
#include "tests/support/small_board.h"

using namespace flyball;
using doctest::Approx;

namespace {

// 0.1 s at the edge's top clocks; where all is sent 0.03 s, then 0.2 s of link and 0.15 s of cloud.
SimConfig offload_config(Arrivals arrivals) {
  SimConfig config = small_config(std::move(arrivals));
  OffloadConfig offload;
  offload.work.feature_bytes = 99800;
  offload.work.header_bytes = 200;
  offload.work.edge_floor = 0.25;
  offload.work.attention = 0.05;
  offload.work.cloud_seconds = 0.1;
  offload.work.round_trip_seconds = 0.05;
  offload.work.radio_watts = 2.0;
  offload.bandwidth = ConstantBandwidth{4e6};
  config.offload = offload;
  config.offload_levels = {0.0, 0.5, 1.0};
  config.railgate_seconds.reset();
  return config;
}

constexpr std::size_t kOffload = 3;  // the knob, after the board's

double latency(double share) {
  SimConfig config = offload_config(std::vector<Arrival>{{1.0, 1, {}}});
  config.offload->default_share = share;
  Engine engine(config);
  engine.advance_to(10.0);
  REQUIRE(engine.truth().served == 1);
  return engine.truth().latencies_seconds.front();
}

}  // namespace

TEST_CASE("a request takes edge, link and cloud, one after the other") {
  CHECK(latency(0.0) == Approx(0.1));
  CHECK(latency(1.0) == Approx(0.03 + 0.2 + 0.15));
  CHECK(latency(0.5) == Approx(0.0675 + 0.1002 + 0.1));
}

TEST_CASE("while it sends the board idles and the radio draws, while it waits it idles") {
  SimConfig config = offload_config(ClosedLoop{1, 1, {}});
  config.offload->default_share = 1.0;
  config.work = std::make_shared<RooflineModel>(config.board, small_electrical(), small_workload());
  const auto joules = [](SimConfig asked) {
    Engine engine(std::move(asked));
    engine.advance_to(5.0);
    return engine.truth().energy_joules;
  };
  SimConfig silent = config;
  silent.offload->work.radio_watts = 0.0;
  CHECK(joules(config) - joules(silent) == Approx(2.0 * 0.2).epsilon(1e-3));
}

TEST_CASE("the simulated plant that offloads is a plant") {
  PlantContract contract;
  contract.make = [](std::uint64_t seed) {
    std::vector<Arrival> arrivals;
    for (int i = 0; i < 50; ++i) arrivals.push_back({0.3 * i, 1, 0.5});
    SimConfig config = offload_config(arrivals);
    config.offload->bandwidth = BandwidthWalk{};
    config.seed = seed;
    return std::make_unique<SimPlant>(std::move(config));
  };
  contract.check_all();
}

TEST_CASE(
    "a lease turns the share, an open range leaves it to the application, its end gives it back") {
  SimConfig config = offload_config(std::vector<Arrival>{{0.5, 1, {}}, {2.0, 1, {}}});
  config.offload->default_share = 0.5;
  SimPlant plant(std::move(config));
  const auto shown = [&] {
    Telemetry telemetry;
    REQUIRE_FALSE(plant.read(telemetry));
    return *telemetry.application;
  };
  CHECK(shown().offload_recommended == 0.5);
  CHECK_FALSE(shown().offload_effective);
  CHECK_FALSE(shown().bandwidth_bits_per_second);
  {
    const std::vector<std::size_t> knobs = {kOffload};
    ControlLease lease = plant.lease(knobs);
    REQUIRE_FALSE(lease.apply(Setting::pinned(std::vector<Level>{2})));
    CHECK(shown().offload_recommended == 1.0);
    plant.timeline().sleep_until(1.9);
    CHECK(shown().offload_effective == 1.0);
    CHECK(*shown().bandwidth_bits_per_second == Approx(4e6));
    CHECK(*shown().top_share == Approx(0.6).epsilon(0.5));
    CHECK(shown().lambda == 0.5);
    Telemetry telemetry;
    REQUIRE_FALSE(plant.read(telemetry));
    CHECK(effective_level(plant.description().knobs[kOffload], telemetry) == Level{2});
    Setting open;
    open.resize(1);
    open[0] = {0, 2};
    REQUIRE_FALSE(lease.apply(open));
    CHECK(shown().offload_recommended == 0.5);
    REQUIRE_FALSE(lease.apply(Setting::pinned(std::vector<Level>{0})));
  }
  CHECK(shown().offload_recommended == 0.5);
}

TEST_CASE("a link that nobody uses is measured by small messages, where it is asked for") {
  SimConfig config = offload_config(std::vector<Arrival>{{0.5, 1, {}}, {2.0, 1, {}}});
  config.offload->bandwidth = BandwidthSteps{{{0.0, 4e6}, {3.0, 1e6}}, {}};
  config.offload->probe_seconds = 1.0;
  SimPlant plant(std::move(config));
  const auto bandwidth = [&](double time_seconds) {
    plant.timeline().sleep_until(time_seconds);
    Telemetry telemetry;
    REQUIRE_FALSE(plant.read(telemetry));
    return telemetry.application->bandwidth_bits_per_second;
  };
  CHECK_FALSE(bandwidth(0.9));
  CHECK(bandwidth(1.1) == 4e6);
  CHECK(bandwidth(3.5) == 1e6);
}

TEST_CASE("levels of a share without what sending costs are refused") {
  SimConfig config = offload_config(ClosedLoop{1, 1, {}});
  config.offload.reset();
  CHECK_THROWS_AS(SimPlant{config}, std::invalid_argument);
  config = offload_config(ClosedLoop{1, 1, {}});
  config.offload_levels = {0.0, 1.5};
  CHECK_THROWS_WITH_AS(SimPlant{config}, doctest::Contains("a share is at most 1"),
                       std::invalid_argument);
}
