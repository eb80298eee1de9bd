#include <doctest/doctest.h>

#include <vector>

#include "env/sim/engine.h"
#include "tests/env/sim/counting_governor.h"
#include "tests/support/small_board.h"

using namespace flyball;
using doctest::Approx;

namespace {

// A GPU resident that polls every 25 ms; arrivals of one request, 0.1 s at the top frequency.
SimConfig polled(std::vector<Arrival> arrivals, PollLog& log, Period period) {
  SimConfig config = small_config(std::move(arrivals));
  config.railgate_seconds.reset();
  config.residents = [&log, period](const Domain& domain) -> std::unique_ptr<Governor> {
    if (domain.kind != DomainKind::kGpu) return nullptr;
    return std::make_unique<CountingGovernor>(period, &log);
  };
  return config;
}

}  // namespace

TEST_CASE("a resident that defers nothing decides at once and then each period") {
  PollLog log;
  Engine engine(polled({}, log, {0.25, false}));
  engine.advance_to(1.0);
  CHECK(log.times_seconds == std::vector<double>{0.0, 0.25, 0.5, 0.75, 1.0});
  CHECK(engine.domain(1).effective() == 2);
}

TEST_CASE("a deferrable resident stalls while nothing is awake and fires on waking") {
  PollLog log;
  Engine engine(polled({{1.01, 1, {}}}, log, {0.025, true}));
  engine.advance_to(3.0);
  // The batch: 0.03 s at 100 MHz (25 ms + 5 ms actuation are half a poll away), then at 400 MHz.
  REQUIRE(log.times_seconds.size() >= 3);
  CHECK(log.times_seconds[0] == Approx(1.01));
  CHECK(log.times_seconds[1] == Approx(1.035));
  CHECK(log.times_seconds.back() < 1.2);
  CHECK(*log.utilizations[0] == Approx(0.0));
  CHECK(*log.utilizations[1] == Approx(1.0));
}

TEST_CASE("under the GPU rule polls keep to their grid and see one period's load") {
  PollLog log;
  SimConfig config = polled({{1.01, 1, {}}, {2.001, 1, {}}}, log, {0.025, true});
  config.deferrable = DeferrableRule::kGpuBusy;
  Engine engine(std::move(config));
  engine.advance_to(3.0);
  REQUIRE_FALSE(log.times_seconds.empty());
  CHECK(log.times_seconds[0] == Approx(1.025));
  CHECK(*log.utilizations[0] == Approx(0.6));  // busy since 1.01
  CHECK(log.times_seconds[1] == Approx(1.05));
  CHECK(*log.utilizations[1] == Approx(1.0));
  CHECK(log.times_seconds.back() == Approx(2.1));  // the second batch ends at 2.101
  CHECK(*log.utilizations[log.utilizations.size() - 4] == Approx(0.96));  // from 2.001 to 2.025
}

TEST_CASE("a railgated GPU is not polled") {
  PollLog log;
  MeasuredTable table = small_table();
  table.prepare = {0.2, 0.0};
  SimConfig config = polled({{1.0, 1, {}}}, log, {0.025, true});
  config.work = std::make_shared<MeasuredModel>(config.board, table);
  Engine engine(std::move(config));
  engine.advance_to(1.19);
  CHECK(log.times_seconds.empty());
  engine.advance_to(1.3);
  CHECK_FALSE(log.times_seconds.empty());
}

TEST_CASE("a stalled poller leaves the frequency where the last busy spell put it") {
  PollLog log;
  Engine engine(polled({{0.0, 1, {}}, {8.0, 1, {}}}, log, {0.025, true}));
  engine.advance_to(7.9);
  CHECK(engine.domain(1).effective() == 2);
  const std::size_t polls = log.times_seconds.size();
  engine.advance_to(7.99);
  CHECK(log.times_seconds.size() == polls);
}

TEST_CASE("a CPU's counters add up to the time and show what kept it busy") {
  MeasuredTable table = small_table();
  table.prepare = {0.3, 0.0};
  table.blocking = {0.2, 0.0};
  table.cpu_accelerator = 0.5;
  Engine engine(small_config(std::vector<Arrival>{{0.0, 1, {}}}, table));
  engine.advance_to(2.0);
  Telemetry telemetry;
  engine.fill(telemetry);
  const std::vector<CpuTelemetry>& cpus = *telemetry.cpus;
  CHECK(cpus[0].busy_seconds == Approx(0.2 + 0.5 * 0.1));  // the server's
  CHECK(cpus[1].busy_seconds == Approx(0.3));              // the preparing thread's
  for (const CpuTelemetry& cpu : cpus) CHECK(cpu.busy_seconds + cpu.idle_seconds == Approx(2.0));
  CHECK(*(*telemetry.domains)[1].busy_seconds == Approx(0.1));
}

TEST_CASE(
    "a CPU that waits for storage shows as iowait, draws nothing for it, and polling goes on") {
  PollLog log;
  SimConfig config = polled({{0.0, 2, {}}}, log, {0.025, true});
  RooflineParameters parameters = small_workload();
  parameters.host = {0.0, 50e6};  // 0.05 s a request at 1 GHz
  parameters.input_seconds = 0.15;
  config.work = std::make_shared<RooflineModel>(config.board, small_electrical(), parameters);
  config.railgate_seconds.reset();
  Engine engine(std::move(config));
  engine.set_railgating(Engine::Railgating::kForbidden);
  engine.advance_to(0.4);  // the host part of both
  Telemetry telemetry;
  engine.fill(telemetry);
  const CpuTelemetry& cpu = telemetry.cpus->front();
  CHECK(cpu.busy_seconds == Approx(0.1));
  CHECK(cpu.iowait_seconds == Approx(0.3));
  CHECK(cpu.idle_seconds == Approx(0.0));
  CHECK((*telemetry.cpus)[1].iowait_seconds == 0.0);
  CHECK(log.times_seconds.size() >= 15);
  const double cores = 0.5e-9 * 1.0 * 1e9 * (2 * 0.1 + 0.9 * 0.25) + 2 * 0.02;  // C V^2 f + leakage
  CHECK(engine.truth().rail_joules[1] == Approx(0.4 * cores).epsilon(0.01));
}

TEST_CASE("a resident without a period is refused") {
  PollLog log;
  CHECK_THROWS_AS(Engine(polled({}, log, {0.0, true})), std::invalid_argument);
}
