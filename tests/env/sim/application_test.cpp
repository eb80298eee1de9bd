#include "env/sim/application.h"

#include <doctest/doctest.h>

#include <numeric>
#include <vector>

#include "env/sim/engine.h"
#include "tests/env/sim/small_board.h"

using namespace flyball;
using doctest::Approx;

namespace {

constexpr std::size_t kCpu = 0;
constexpr std::size_t kGpu = 1;

// 0.5 s of storage, 0.5 s of CPU at 1 GHz, 0.25 s of GPU at 400 MHz, 0.125 s of memory.
LoadWork small_load() {
  LoadWork load;
  load.storage_seconds = 0.5;
  load.cpu_cycles = 0.5e9;
  load.gpu_cycles = 100e6;
  load.memory_cycles = 200e6;
  return load;
}

double sum_of_work(const SimTruth& truth, double WorkShare::*field) {
  double sum = 0.0;
  for (const WorkShare& share : truth.work) sum += share.*field;
  return sum;
}

void check_littles_law(const SimTruth& truth) {
  const double latencies =
      std::accumulate(truth.latencies_seconds.begin(), truth.latencies_seconds.end(), 0.0);
  CHECK(truth.in_system_seconds == Approx(latencies).epsilon(1e-9));
}

}  // namespace

TEST_CASE("a model is loaded before anything is served, and shown apart") {
  SimConfig config = small_config(ClosedLoop{10, 1, {}});
  config.load = small_load();
  Engine engine(config);
  engine.advance_to(10.0);
  const SimTruth& truth = engine.truth();
  CHECK(truth.at(WorkKind::kLoading).seconds == Approx(1.375));
  // Railgated at 1 W while the host works, busy at 8 W after it.
  CHECK(truth.at(WorkKind::kLoading).joules == Approx(1.0 * 1.0 + 0.375 * 8.0));
  CHECK(*truth.finished_seconds == Approx(1.375 + 10 * 0.1));
  CHECK(truth.at(WorkKind::kServing).joules ==
        Approx(truth.energy_joules - truth.at(WorkKind::kLoading).joules));
  for (const double latency : truth.latencies_seconds) CHECK(latency == Approx(0.1));
}

TEST_CASE("requests that arrive while the model loads wait for it") {
  SimConfig config = small_config(std::vector<Arrival>{{1.0, 2, {}}});
  config.load = small_load();
  Engine engine(config);
  engine.advance_to(10.0);
  REQUIRE(engine.truth().served == 2);
  for (const double latency : engine.truth().latencies_seconds) {
    CHECK(latency == Approx(0.375 + 0.2));
  }
  check_littles_law(engine.truth());
}

TEST_CASE("loading follows the clocks, also when they change on the way") {
  SimConfig config = small_config(ClosedLoop{1, 1, {}});
  config.load = small_load();
  Engine engine(config);
  engine.request(kCpu, 0);  // half as fast from 1 ms on
  engine.request(kGpu, 1);  // half as fast, before the accelerator is needed
  engine.advance_to(10.0);
  // The host part as a whole: the millisecond done at full speed is 0.1 % of 1 s; the rest of
  // what is then 1.5 s remains.
  CHECK(engine.truth().at(WorkKind::kLoading).seconds ==
        Approx(0.001 + 0.999 * 1.5 + 0.5 + 0.125));
}

TEST_CASE("a graph that takes a quarter longer to build costs a quarter more to load") {
  const auto loading = [](double factor) {
    SimConfig config = roofline_config(ClosedLoop{100, 4, {}});
    config.load = small_load();
    config.load->factor = factor;
    config.railgate_seconds.reset();
    Engine engine(config);
    engine.advance_to(30.0);
    return engine.truth().at(WorkKind::kLoading);
  };
  CHECK(loading(1.25).joules == Approx(1.25 * loading(1.0).joules).epsilon(1e-6));
  CHECK(loading(1.25).seconds == Approx(1.25 * loading(1.0).seconds));
}

TEST_CASE("the first use of a batch size holds the batch up, the second does not") {
  SimConfig config = small_config(
      std::vector<Arrival>{{0.0, 2, {}}, {5.0, 2, {}}, {10.0, 3, {}}, {20.0, 3, {}}});
  config.railgate_seconds.reset();
  config.first_use = FirstUse{};
  config.first_use->seconds = 3.0;
  config.first_use->watts = 25.0;
  SUBCASE("each size for itself") {
    Engine engine(config);
    engine.advance_to(30.0);
    const SimTruth& truth = engine.truth();
    CHECK(truth.first_uses == 2);
    CHECK(truth.at(WorkKind::kFirstUse).seconds == Approx(6.0));
    CHECK(truth.at(WorkKind::kFirstUse).joules == Approx(150.0));
    CHECK(truth.latencies_seconds.front() == Approx(3.2));
    CHECK(truth.latencies_seconds[2] == Approx(0.2));
    CHECK(truth.latencies_seconds[4] == Approx(3.3));
    CHECK(truth.latencies_seconds.back() == Approx(0.3));
    check_littles_law(truth);
  }
  SUBCASE("sizes rounded up to the same one are known together") {
    config.first_use->buckets = BatchBuckets::kListed;
    config.first_use->sizes = {1, 4};
    Engine engine(config);
    engine.advance_to(30.0);
    CHECK(engine.truth().first_uses == 1);
  }
  SUBCASE("sizes that were tuned before need nothing") {
    config.first_use->known = {2};
    Engine engine(config);
    engine.advance_to(30.0);
    CHECK(engine.truth().first_uses == 1);
    CHECK(engine.truth().latencies_seconds.front() == Approx(0.2));
  }
  SUBCASE("longer for larger batches, and at what the activity draws") {
    config.first_use->watts.reset();
    config.first_use->seconds_per_request = 0.5;
    Engine engine(config);
    engine.advance_to(30.0);
    CHECK(engine.truth().at(WorkKind::kFirstUse).seconds == Approx(3.0 + 1.0 + 3.0 + 1.5));
    CHECK(engine.truth().at(WorkKind::kFirstUse).joules == Approx(8.5 * 8.0));
  }
}

TEST_CASE("buckets are what the batch is rounded up to") {
  FirstUse first_use;
  CHECK(first_use.bucket(9) == 9);
  first_use.buckets = BatchBuckets::kPowerOfTwo;
  CHECK(first_use.bucket(8) == 8);
  CHECK(first_use.bucket(9) == 16);
  first_use.buckets = BatchBuckets::kListed;
  first_use.sizes = {4, 12};
  CHECK(first_use.bucket(5) == 12);
  CHECK(first_use.bucket(13) == 13);
}

TEST_CASE("time and energy of the kinds of work add up to the whole") {
  SimConfig config = roofline_config(std::vector<Arrival>{{0.5, 3, {}}, {7.0, 1, {}}});
  config.load = small_load();
  config.first_use = FirstUse{};
  config.occupations = {{4.0, 1.0, 12.0}};
  Engine engine(config);
  engine.advance_to(20.0);
  const SimTruth& truth = engine.truth();
  CHECK(sum_of_work(truth, &WorkShare::seconds) == Approx(20.0).epsilon(1e-12));
  CHECK(sum_of_work(truth, &WorkShare::joules) == Approx(truth.energy_joules).epsilon(1e-12));
  CHECK(truth.at(WorkKind::kOccupied).seconds == Approx(1.0));
  CHECK(truth.at(WorkKind::kLoading).seconds > 1.0);
}

TEST_CASE("wrong loads and first uses name the key") {
  SimConfig config = small_config(ClosedLoop{1, 1, {}});
  config.load = small_load();
  config.load->cpu_cycles = -1.0;
  CHECK_THROWS_WITH_AS(Engine{config}, "load.cpu_cycles = -1: must be >= 0", std::invalid_argument);
  config.load.reset();
  config.first_use = FirstUse{};
  config.first_use->activity.gpu = 1.5;
  CHECK_THROWS_WITH_AS(Engine{config}, "first_use.activity.gpu = 1.5: must be in [0, 1]",
                       std::invalid_argument);
  config.first_use = FirstUse{};
  config.first_use->buckets = BatchBuckets::kListed;
  CHECK_THROWS_WITH_AS(Engine{config}, "first_use.sizes: at least one size is needed",
                       std::invalid_argument);
}
