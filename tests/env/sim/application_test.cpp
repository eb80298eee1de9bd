#include "env/sim/application.h"

#include <doctest/doctest.h>

#include <numeric>
#include <vector>

#include "env/sim/engine.h"
#include "tests/support/small_board.h"

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

// The small table with every batch `factor` times as long.
std::shared_ptr<const WorkModel> scaled_work(double factor) {
  MeasuredTable table = small_table();
  for (std::vector<double>& row : table.seconds) {
    for (double& seconds : row) seconds *= factor;
  }
  return std::make_shared<MeasuredModel>(small_board(), table);
}

// Twenty minibatches of two, each 3 x 0.2 s at 400 MHz.
FineTuning small_fine_tuning() {
  FineTuning fine_tuning;
  fine_tuning.work = scaled_work(1.0);
  fine_tuning.minibatch = 2;
  fine_tuning.minibatches = 20;
  return fine_tuning;
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
  engine.request(kCpu, 0);  // half as fast, while storage is read
  engine.request(kGpu, 1);  // half as fast, before the accelerator is needed
  engine.advance_to(10.0);
  CHECK(engine.truth().at(WorkKind::kLoading).seconds == Approx(0.5 + 1.0 + 0.5 + 0.125));
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

TEST_CASE("what storage delivers in blocks is waited for block by block, and no less of it") {
  RooflineParameters parameters = small_workload();
  parameters.input_seconds = 0.01;
  const auto run = [&](std::size_t block, std::size_t requests) {
    parameters.storage_block = block;
    SimConfig config = small_config(ClosedLoop{requests, 2, {}});
    config.work = std::make_shared<RooflineModel>(config.board, small_electrical(), parameters);
    Engine engine(config);
    engine.advance_to(60.0);
    return engine.truth();
  };
  const SimTruth each = run(1, 24);
  const SimTruth blocks = run(8, 24);
  CHECK(*blocks.finished_seconds == Approx(*each.finished_seconds));
  CHECK(blocks.energy_joules == Approx(each.energy_joules).epsilon(1e-3));  // railgating differs
  // Batches of two: the fourth, eighth and twelfth wait 80 ms, the others not at all.
  const double without = blocks.latencies_seconds[0];
  CHECK(each.latencies_seconds[0] == Approx(without + 0.02));
  for (std::size_t i = 0; i < 24; ++i) {
    CAPTURE(i);
    CHECK(blocks.latencies_seconds[i] == Approx(without + (i / 2 % 4 == 3 ? 0.08 : 0.0)));
  }
}

TEST_CASE("the first use of a batch size holds the batch up, the second does not") {
  SimConfig config =
      small_config(std::vector<Arrival>{{0.0, 2, {}}, {5.0, 2, {}}, {10.0, 3, {}}, {20.0, 3, {}}});
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

TEST_CASE("a mix changes its workload at the batch boundary after its time") {
  SimConfig config = small_config(ClosedLoop{1000, 1, {}});
  config.mix.phases = {{scaled_work(1.0), 2.05, {}}, {scaled_work(3.0), {}, {}}};
  Engine engine(config);
  engine.advance_to(400.0);
  const std::vector<double>& latencies = engine.truth().latencies_seconds;
  REQUIRE(latencies.size() == 1000);
  // The batch that is under way at 2.05 s ends as it began.
  for (std::size_t i = 0; i < 21; ++i) CHECK(latencies[i] == Approx(0.1));
  for (std::size_t i = 21; i < 40; ++i) CHECK(latencies[i] == Approx(0.3));
}

TEST_CASE("a mix goes by requests, from the beginning again if asked, and never mixes a batch") {
  SimConfig config = small_config(ClosedLoop{40, 4, {}});
  config.mix.phases = {{scaled_work(1.0), {}, 6}, {scaled_work(2.0), {}, 4}};
  SUBCASE("again and again") {
    config.mix.end = WorkMix::End::kRepeat;
    Engine engine(config);
    engine.advance_to(100.0);
    // Of the first six: four, then two. The two that are left over go next, while two arrive.
    const std::vector<std::uint64_t> expected = {0, 0, 18, 0, 1};
    CHECK(engine.truth().batch_sizes == expected);
    CHECK(*engine.truth().finished_seconds == Approx(4 * (0.6 + 0.8)));
  }
  SUBCASE("the last one stays") {
    Engine engine(config);
    engine.advance_to(100.0);
    CHECK(*engine.truth().finished_seconds == Approx(0.6 + 34 * 0.2));
  }
  check_littles_law([&] {
    Engine engine(config);
    engine.advance_to(100.0);
    return engine.truth();
  }());
}

TEST_CASE("phases by time keep their grid, also through an idle stretch") {
  SimConfig config = small_config(std::vector<Arrival>{{0.5, 1, {}}, {1.5, 1, {}}, {10.2, 1, {}}});
  config.mix.phases = {{scaled_work(1.0), 1.0, {}}, {scaled_work(2.0), 1.0, {}}};
  config.mix.end = WorkMix::End::kRepeat;
  Engine engine(config);
  engine.advance_to(20.0);
  REQUIRE(engine.truth().latencies_seconds.size() == 3);
  CHECK(engine.truth().latencies_seconds[0] == Approx(0.1));
  CHECK(engine.truth().latencies_seconds[1] == Approx(0.2));
  CHECK(engine.truth().latencies_seconds[2] == Approx(0.1));  // 10.2 is in an even second
}

TEST_CASE("fine-tuning runs while nothing waits, and inference goes first at every boundary") {
  std::vector<Arrival> arrivals;
  for (int i = 0; i < 50; ++i) arrivals.push_back({0.5 + 1.0 * i, 1, {}});
  SimConfig config = small_config(arrivals);
  config.fine_tuning = small_fine_tuning();
  Engine engine(config);
  engine.advance_to(100.0);
  const SimTruth& truth = engine.truth();
  // A minibatch takes 3 x 0.2 s: a request waits for at most one of them, then is served.
  for (const double latency : truth.latencies_seconds) CHECK(latency <= 0.6 + 0.1 + 1e-9);
  CHECK(truth.minibatches == 20);
  CHECK(truth.at(WorkKind::kFineTuning).seconds == Approx(20 * 0.6));
  CHECK(truth.at(WorkKind::kFineTuning).joules == Approx(20 * 0.6 * 8.0));
  CHECK(truth.served == 50);
  check_littles_law(truth);
}

TEST_CASE("a saturated server gives fine-tuning its turns where asked, and only there") {
  SimConfig config = small_config(ClosedLoop{100, 1, {}});
  config.fine_tuning = small_fine_tuning();
  SUBCASE("only when inference is through") {
    Engine engine(config);
    engine.advance_to(9.99);
    CHECK(engine.truth().minibatches == 0);
    CHECK_FALSE(engine.is_finished());
    engine.advance_to(100.0);
    CHECK(*engine.truth().finished_seconds == Approx(10.0 + 20 * 0.6));
  }
  SUBCASE("a turn after every fourth batch") {
    config.fine_tuning->inference_batches_between = 4;
    Engine engine(config);
    engine.advance_to(4 * 0.1 + 0.6 + 0.05);
    CHECK(engine.truth().minibatches == 1);
    CHECK(engine.truth().served == 4);
    engine.advance_to(100.0);
    CHECK(engine.truth().served == 100);
    CHECK(*engine.truth().finished_seconds == Approx(10.0 + 20 * 0.6));
  }
  SUBCASE("none while it is forbidden") {
    Engine engine(config);
    engine.set_fine_tuning(FineTuningRule::kForbidden);
    engine.advance_to(50.0);
    CHECK(engine.truth().minibatches == 0);
    engine.set_fine_tuning(FineTuningRule::kBetween);
    engine.advance_to(50.0 + 0.6 + 0.01);
    CHECK(engine.truth().minibatches == 1);
  }
}

TEST_CASE("a minibatch follows the clocks") {
  SimConfig config = small_config(std::vector<Arrival>{});
  config.fine_tuning = small_fine_tuning();
  config.fine_tuning->minibatches = 1;
  Engine engine(config);
  engine.advance_to(0.295);
  engine.request(kGpu, 1);  // half as fast from 0.3 s on, when half is done
  engine.advance_to(10.0);
  CHECK(*engine.truth().finished_seconds == Approx(0.3 + 0.6));
}

TEST_CASE("another process is seen on its CPU and slows the host part on the same core") {
  MeasuredTable table = small_table();
  table.blocking = {0.1, 0.0};
  SimConfig config = small_config(ClosedLoop{1000, 1, {}}, table);
  SUBCASE("on the server's core they share the time") {
    config.processes = {{{0}, 1.0, 1.0, 2.0, 3.0}};  // from 1 to 3, 6 to 8, ...
    Engine engine(config);
    engine.advance_to(1.0);
    CHECK(engine.truth().served == 5);
    engine.advance_to(2.9 + 0.05);  // 0.2 s of host, 0.1 s of accelerator
    CHECK(engine.truth().served == 5 + 6);
    Telemetry telemetry;
    engine.fill(telemetry);
    CHECK(telemetry.cpus->at(0).busy_seconds == Approx(0.5 + 1.95));
  }
  SUBCASE("a light one takes only what it wants") {
    config.processes = {{{0}, 0.2, 0.0, {}, {}}};
    Engine engine(config);
    engine.advance_to(10.0);
    CHECK(engine.truth().latencies_seconds.front() == Approx(0.1 / 0.8 + 0.1));
  }
  SUBCASE("two heavy ones leave a third") {
    config.processes = {{{0}, 1.0, 0.0, {}, {}}, {{0, 1}, 0.9, 0.0, {}, {}}};
    Engine engine(config);
    engine.advance_to(10.0);
    CHECK(engine.truth().latencies_seconds.front() == Approx(0.3 + 0.1));
  }
  SUBCASE("on another core it costs no time") {
    config.processes = {{{1}, 1.0, 0.0, 0.5, 0.5}};
    Engine engine(config);
    engine.advance_to(10.0);
    for (const double latency : engine.truth().latencies_seconds) CHECK(latency == Approx(0.2));
    Telemetry telemetry;
    engine.fill(telemetry);
    CHECK(telemetry.cpus->at(1).busy_seconds == Approx(5.0));
  }
}

TEST_CASE("another process costs power while it runs") {
  const auto joules = [](std::vector<CpuProcess> processes) {
    SimConfig config = roofline_config(std::vector<Arrival>{});
    config.processes = std::move(processes);
    Engine engine(config);
    engine.advance_to(10.0);
    return engine.truth().energy_joules;
  };
  // One core at 1 GHz and 1 V: 0.9 of 0.5 nF switches more than idle.
  CHECK(joules({{{1}, 1.0, 0.0, 1.0, 1.0}}) - joules({}) == Approx(5.0 * 0.45).epsilon(1e-6));
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

TEST_CASE("wrong mixes, tenants and processes name the key") {
  SimConfig config = small_config(ClosedLoop{1, 1, {}});
  config.mix.phases = {{scaled_work(1.0), {}, {}}, {scaled_work(1.0), {}, {}}};
  CHECK_THROWS_WITH_AS(Engine{config},
                       "mix[0]: needs seconds or requests, as another phase follows",
                       std::invalid_argument);
  config.mix.phases.clear();
  config.fine_tuning = small_fine_tuning();
  config.fine_tuning->minibatches = 0;
  CHECK_THROWS_WITH_AS(Engine{config}, "fine_tuning.minibatches = 0: must be in [1, 1e+09]",
                       std::invalid_argument);
  config.fine_tuning.reset();
  config.processes = {{{2}, 1.0, 0.0, {}, {}}};
  CHECK_THROWS_WITH_AS(Engine{config},
                       "processes[0].cpus[0] = 2: must be in [0, 1], the CPUs that are online",
                       std::invalid_argument);
  config.processes = {{{1}, 1.0, 0.0, {}, 2.0}};
  CHECK_THROWS_WITH_AS(Engine{config}, "processes[0].off_seconds: needs on_seconds",
                       std::invalid_argument);
}
