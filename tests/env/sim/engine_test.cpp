#include "env/sim/engine.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "env/sim/engine_watcher.h"
#include "tests/support/small_board.h"

using namespace flyball;
using doctest::Approx;

namespace {

constexpr std::size_t kGpu = 1;

std::vector<Arrival> at(std::initializer_list<Arrival> arrivals) { return arrivals; }

}  // namespace

TEST_CASE("a group of requests is served as one batch and its latency is the batch's time") {
  Engine engine(small_config(at({{1.0, 4, {}}})));
  engine.advance_to(10.0);
  const SimTruth& truth = engine.truth();
  CHECK(truth.arrived == 4);
  CHECK(truth.served == 4);
  CHECK(truth.batches == 1);
  for (const double latency : truth.latencies_seconds) CHECK(latency == Approx(0.4));
  CHECK(truth.in_system_seconds == Approx(4 * 0.4));
  REQUIRE(engine.is_finished());
  CHECK(*truth.finished_seconds == Approx(1.4));
}

TEST_CASE("energy is railgated, busy and idle power times their seconds") {
  SimConfig config = small_config(at({{1.0, 4, {}}}));
  SUBCASE("railgated again half a second after the work") {
    Engine engine(config);
    engine.advance_to(10.0);
    CHECK(engine.truth().energy_joules == Approx(1.0 + 0.4 * 8.0 + 0.5 * 3.0 + 8.1 * 1.0));
    CHECK(engine.truth().gpu_railgated_seconds == Approx(9.1));
    CHECK(engine.truth().accelerator_seconds == Approx(0.4));
  }
  SUBCASE("never railgated after the first use") {
    config.railgate_seconds.reset();
    Engine engine(config);
    engine.advance_to(10.0);
    CHECK(engine.truth().energy_joules == Approx(1.0 + 0.4 * 8.0 + 8.6 * 3.0));
  }
  SUBCASE("forbidding railgating powers the GPU") {
    Engine engine(config);
    engine.set_railgating(Engine::Railgating::kForbidden);
    engine.advance_to(10.0);
    CHECK(engine.truth().energy_joules == Approx(0.4 * 8.0 + 9.6 * 3.0));
  }
}

TEST_CASE("the rails' energies add up to the module's") {
  Engine engine(roofline_config(ClosedLoop{500, 8, {}}));
  engine.advance_to(20.0);
  double sum = 0.0;
  for (const double joules : engine.truth().rail_joules) sum += joules;
  CHECK(sum == Approx(engine.truth().energy_joules).epsilon(1e-12));
}

TEST_CASE("the server takes what waits, up to the batch ceiling") {
  SimConfig config = small_config(at({{0.0, 1, {}}, {0.05, 7, {}}}));
  config.default_batch = 4.0;
  Engine engine(config);
  engine.advance_to(10.0);
  const std::vector<std::uint64_t> expected = {0, 1, 0, 1, 1};  // of 1, then 4, then 3
  CHECK(engine.truth().batch_sizes == expected);
  CHECK(engine.truth().latencies_seconds.back() == Approx(0.1 + 0.4 + 0.3 - 0.05));
}

TEST_CASE("a closed loop keeps its requests outstanding and ends after the last") {
  Engine engine(small_config(ClosedLoop{10, 4, {}}));
  engine.advance_to(0.5);
  Telemetry telemetry;
  engine.fill(telemetry);
  CHECK(telemetry.application->queue_length == 4);
  CHECK_FALSE(telemetry.application->finished);
  engine.advance_to(5.0);
  CHECK(engine.truth().served == 10);
  CHECK(engine.truth().arrived == 10);
  const std::vector<std::uint64_t> expected = {0, 0, 1, 0, 2};
  CHECK(engine.truth().batch_sizes == expected);
  CHECK(*engine.truth().finished_seconds == Approx(1.0));
  CHECK(engine.truth().finished_joules == Approx(8.0));
  engine.fill(telemetry);
  CHECK(telemetry.application->finished);
}

TEST_CASE("in-system time obeys Little's law") {
  std::vector<Arrival> arrivals;
  for (int i = 0; i < 200; ++i)
    arrivals.push_back({0.17 * i, 1 + static_cast<std::size_t>(i % 3), {}});
  SimConfig config = small_config(arrivals);
  config.default_batch = 2.0;
  Engine engine(config);
  engine.advance_to(100.0);
  REQUIRE(engine.is_finished());
  double sum = 0.0;
  for (const double latency : engine.truth().latencies_seconds) sum += latency;
  CHECK(engine.truth().in_system_seconds == Approx(sum).epsilon(1e-9));
}

TEST_CASE("a change of frequency takes effect after the actuation time") {
  Engine engine(small_config(at({})));
  engine.advance_to(1.0);
  engine.request(kGpu, 0);
  CHECK(engine.domain(kGpu).requested() == 0);
  CHECK(engine.domain(kGpu).effective() == 2);
  engine.advance_to(1.0049);
  CHECK(engine.domain(kGpu).effective() == 2);
  engine.advance_to(1.0051);
  CHECK(engine.domain(kGpu).effective() == 0);
  engine.advance_to(2.0);
  CHECK(engine.truth().residency_seconds[kGpu][2] == Approx(1.005));
  CHECK(engine.truth().residency_seconds[kGpu][0] == Approx(0.995));
}

TEST_CASE("clock changes and residency count until the last request has left") {
  Engine engine(small_config(at({{0.0, 4, {}}})));  // 0.4 s at 400 MHz
  engine.advance_to(0.1);
  CHECK(engine.truth().clock_changes[kGpu] == 0);
  engine.request(kGpu, 1);
  engine.advance_to(5.0);
  engine.request(kGpu, 0);  // nobody is waiting any more
  engine.advance_to(9.0);
  REQUIRE(engine.is_finished());
  CHECK(engine.truth().clock_changes[kGpu] == 1);
  const std::vector<double>& residency = engine.truth().finished_residency_seconds[kGpu];
  CHECK(residency[2] == Approx(0.105));
  CHECK(residency[1] == Approx(*engine.truth().finished_seconds - 0.105));
  CHECK(residency[0] == 0.0);
}

TEST_CASE("the longest run of late requests ends with one in time") {
  // One by one, 0.1 s each: three that come together with 0.15 s to go, then the same again, and
  // one alone in between.
  SimConfig config =
      small_config(at({{0.0, 3, 0.15}, {1.0, 1, 0.15}, {2.0, 4, 0.15}, {3.0, 1, 0.15}}));
  config.default_batch = 1.0;
  Engine engine(config);
  engine.advance_to(10.0);
  CHECK(engine.truth().missed == 5);
  CHECK(engine.truth().longest_late_run == 3);
  CHECK(engine.truth().late_run == 0);
}

namespace {

// The energy between the moments, and the changes of the GPU's clock.
class Meter final : public EngineWatcher {
 public:
  void see(const EngineMoment& moment) override {
    joules += watts * (moment.seconds - seconds);
    seconds = moment.seconds;
    watts = moment.watts;
    const Level level = moment.domains[kGpu].effective();
    changes += gpu && *gpu != level ? 1 : 0;
    gpu = level;
    most_waiting = std::max(most_waiting, moment.truth.unserved);
  }
  double joules = 0.0;
  double seconds = 0.0;
  double watts = 0.0;
  std::optional<Level> gpu;
  std::uint64_t changes = 0;
  std::uint64_t most_waiting = 0;
};

}  // namespace

TEST_CASE("who watches sees all of the energy and every change, and changes nothing") {
  const SimConfig config = roofline_config(at({{0.0, 4, {}}, {1.0, 2, {}}}));
  Meter meter;
  SimConfig watched = config;
  watched.watcher = &meter;
  Engine engine(watched);
  Engine alone(config);
  for (Engine* one : {&engine, &alone}) {
    one->advance_to(0.02);
    one->request(kGpu, 0);
    one->advance_to(20.0);
  }
  CHECK(engine.truth().energy_joules == alone.truth().energy_joules);
  const double rest = meter.watts * (20.0 - meter.seconds);
  CHECK(meter.joules + rest == Approx(engine.truth().energy_joules).epsilon(1e-9));
  CHECK(meter.changes == 1);
  CHECK(meter.most_waiting == 4);
}

TEST_CASE("a change in the middle of a batch carries over the share that remains") {
  Engine engine(small_config(at({{0.0, 4, {}}})));
  engine.advance_to(0.1);  // a quarter done at 400 MHz
  engine.request(kGpu, 1);
  engine.advance_to(10.0);
  const double left = 1.0 - 0.105 / 0.4;
  CHECK(engine.truth().latencies_seconds.front() == Approx(0.105 + left * 0.8));
}

TEST_CASE("pieces are prepared one after the other and overlap with the accelerator") {
  MeasuredTable table = small_table();
  table.piece = 2;
  table.prepare = {0.0, 0.1};  // 0.2 s a piece
  table.overlapped = {0.05, 0.0};
  table.blocking = {0.01, 0.0};
  Engine engine(small_config(at({{0.0, 4, {}}}), table));
  engine.advance_to(10.0);
  const std::vector<double>& latencies = engine.truth().latencies_seconds;
  REQUIRE(latencies.size() == 4);
  CHECK(latencies[0] == Approx(0.2 + 0.05 + 0.01 + 0.2));
  CHECK(latencies[2] == Approx(0.25 + 0.21 + 0.01 + 0.2));  // ready at 0.45, served after the first
}

TEST_CASE("a group answered as a whole leaves with its last request") {
  SimConfig config = small_config(at({{0.0, 3, 0.25}}));
  config.default_batch = 2.0;
  config.completion = Completion::kWholeGroup;
  Engine engine(config);
  engine.advance_to(0.25);
  CHECK(engine.truth().served == 0);
  engine.advance_to(10.0);
  CHECK(engine.truth().served == 3);
  CHECK(engine.truth().missed == 3);
  for (const double latency : engine.truth().latencies_seconds) CHECK(latency == Approx(0.3));
  CHECK(engine.truth().in_system_seconds == Approx(0.9));
}

TEST_CASE("a server that takes pieces leaves the batches to the sender") {
  SimConfig config = small_config(at({{0.0, 1, {}}, {0.01, 2, {}}, {0.02, 3, {}}}));
  config.batching = Batching::kByPiece;
  Engine engine(config);
  engine.advance_to(10.0);
  const std::vector<std::uint64_t> expected = {0, 1, 1, 1};
  CHECK(engine.truth().batch_sizes == expected);
}

TEST_CASE("requests that outlast their limit count as missed") {
  Engine engine(small_config(at({{0.0, 1, 0.05}, {1.0, 1, 0.2}, {2.0, 1, {}}})));
  engine.advance_to(10.0);
  CHECK(engine.truth().served == 3);
  CHECK(engine.truth().missed == 1);
}

TEST_CASE("deadline and slack are the smallest of the requests in the system") {
  Engine engine(small_config(at({{0.0, 1, 5.0}, {0.02, 1, 0.3}})));
  engine.advance_to(0.05);
  Telemetry telemetry;
  engine.fill(telemetry);
  CHECK(*telemetry.application->deadline_seconds == Approx(0.3));
  CHECK(*telemetry.application->slack_seconds == Approx(0.27));
  engine.advance_to(5.0);
  engine.fill(telemetry);
  CHECK_FALSE(telemetry.application->slack_seconds.has_value());
}

TEST_CASE("the ceiling wins over the floor and the request moves inside at once") {
  Engine engine(small_config(at({})));
  engine.set_user_limits(kGpu, 400e6, 150e6);
  CHECK(engine.domain(kGpu).limits() == LevelRange{0, 0});
  CHECK(engine.domain(kGpu).requested() == 0);
  engine.set_user_limits(kGpu, 150e6, {});
  CHECK(engine.domain(kGpu).requested() == 2);  // what was wanted before
  engine.request(kGpu, 0);
  CHECK(engine.domain(kGpu).requested() == 1);
}

TEST_CASE("locking the memory clock rounds up and unlocking gives it back") {
  Engine engine(small_config(at({})));
  engine.lock_emc(0.5e9);
  engine.advance_to(1.0);
  CHECK(engine.domain(2).effective_hz() == 0.8e9);
  engine.unlock_emc();
  engine.advance_to(2.0);
  CHECK(engine.domain(2).effective_hz() == 1.6e9);
  engine.set_user_limits(2, {}, 0.8e9);  // a cap outlasts a lock
  engine.lock_emc(1.6e9);
  engine.unlock_emc();
  CHECK(engine.domain(2).limits().ceiling == 0);
}

TEST_CASE("the accelerator taken by something else draws the watts it is said to") {
  SimConfig config = small_config(at({{0.0, 1, {}}, {1.0, 1, {}}}));
  config.railgate_seconds.reset();
  config.occupations = {{0.5, 2.0, 25.0}};
  Engine engine(config);
  engine.advance_to(5.0);
  CHECK(engine.truth().latencies_seconds.back() == Approx(1.5 + 0.1));
  CHECK(engine.truth().energy_joules == Approx(0.1 * 8 + 0.4 * 3 + 2 * 25.0 + 0.1 * 8 + 2.4 * 3));
}

TEST_CASE("a hot board lowers its clocks and a cool one gets them back") {
  SimConfig config = small_config(ClosedLoop{1000, 1, {}});
  config.thermal.kelvin_per_watt = 10.0;  // 25 + 80 at 8 W, 65 at 4 W
  config.thermal.time_constant_seconds = 5.0;
  Engine engine(config);
  engine.advance_to(60.0);
  CHECK(engine.truth().residency_seconds[kGpu][2] < 45.0);
  Telemetry telemetry;
  engine.fill(telemetry);
  CHECK(*telemetry.temperatures_celsius->front() < 92.0);
  CHECK(engine.truth().residency_seconds[kGpu][2] > 10.0);
}

TEST_CASE("the same seed gives the same bits and another seed others") {
  const auto run = [](std::uint64_t seed) {
    SimConfig config = roofline_config(ClosedLoop{300, 4, {}});
    config.service_noise = 0.1;
    config.sensor.noise_watts = 0.1;
    config.seed = seed;
    Engine engine(config);
    Telemetry telemetry;
    double readings = 0.0;
    for (int i = 1; i <= 50; ++i) {
      engine.advance_to(0.1 * i);
      engine.fill(telemetry);
      readings += *telemetry.total_watts;
    }
    return std::pair{engine.truth().energy_joules, readings};
  };
  CHECK(run(1) == run(1));
  CHECK(run(1) != run(2));
}

TEST_CASE("a config's error names the key") {
  SimConfig config = small_config(at({{1.0, 1, {}}, {0.5, 1, {}}}));
  CHECK_THROWS_WITH_AS(Engine{config}, "arrivals[1].time_seconds = 0.5: must be ascending from 0",
                       std::invalid_argument);
  config = small_config(at({}));
  config.work.reset();
  CHECK_THROWS_WITH_AS(Engine{config}, "work: a work model is required", std::invalid_argument);
}
