#include "env/sim/sim_plant.h"

#include <doctest/doctest.h>

#include "tests/contracts/plant_contract.h"
#include "tests/env/sim/counting_governor.h"
#include "tests/support/small_board.h"

using namespace flyball;

namespace {

SimConfig plant_config(std::uint64_t seed) {
  std::vector<Arrival> arrivals;
  for (int i = 0; i < 50; ++i)
    arrivals.push_back({0.2 * i, 1 + static_cast<std::size_t>(i % 4), 0.5});
  SimConfig config = small_config(arrivals);
  config.batch_levels = {1.0, 2.0, 4.0};
  config.default_batch = 2.0;
  config.sensor.noise_watts = 0.05;
  config.service_noise = 0.05;
  config.seed = seed;
  return config;
}

}  // namespace

TEST_CASE("the simulated plant is a plant") {
  PlantContract contract;
  contract.make = [](std::uint64_t seed) { return std::make_unique<SimPlant>(plant_config(seed)); };
  contract.check_all();
}

TEST_CASE("the simulated plant with residents is a plant") {
  PlantContract contract;
  contract.make = [](std::uint64_t seed) {
    SimConfig config = plant_config(seed);
    config.residents = [](const Domain&) {
      return std::make_unique<CountingGovernor>(Period{0.01, true});
    };
    return std::make_unique<SimPlant>(std::move(config));
  };
  contract.check_all();
}

TEST_CASE("a lease gives back what was requested and the batch ceiling") {
  SimPlant plant(plant_config(1));
  plant.engine().request(1, 1);
  plant.timeline().sleep_until(0.1);
  {
    const std::vector<std::size_t> knobs = {1, 3};
    ControlLease lease = plant.lease(knobs);
    const std::vector<Level> levels = {0, 2};
    REQUIRE_FALSE(lease.apply(Setting::pinned(levels)));
    CHECK(plant.engine().domain(1).requested() == 0);
    CHECK(plant.engine().batch_ceiling() == 4.0);
  }
  CHECK(plant.engine().domain(1).requested() == 1);
  CHECK(plant.engine().batch_ceiling() == 2.0);
}

TEST_CASE("a resident goes on inside a lease's floor and ceiling") {
  SimConfig config = plant_config(1);
  config.residents = [](const Domain&) {
    return std::make_unique<CountingGovernor>(Period{0.01, false});  // wants the top
  };
  SimPlant plant(std::move(config));
  const std::vector<std::size_t> gpu = {1};
  ControlLease lease = plant.lease(gpu);
  Setting setting;
  setting.resize(1);
  setting[0] = {0, 1};
  REQUIRE_FALSE(lease.apply(setting));
  plant.timeline().sleep_until(1.0);
  CHECK(plant.engine().domain(1).effective() == 1);
  lease.release();
  plant.timeline().sleep_until(1.1);
  CHECK(plant.engine().domain(1).effective() == 2);
}

TEST_CASE("a setting for another number of knobs is refused") {
  SimPlant plant(plant_config(1));
  const std::vector<std::size_t> gpu = {1};
  ControlLease lease = plant.lease(gpu);
  CHECK(lease.apply(Setting{}) == std::errc::invalid_argument);
}
