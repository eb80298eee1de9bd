#include "controllers/slowdown_estimate.h"

#include <doctest/doctest.h>

#include "controllers/random_governor.h"

using namespace flyball;

namespace {

// CPUs 0 and 1 with 0.5, 1 and 2 GHz, a GPU with 0.25, 0.5 and 1 GHz, memory with 0.8 and 1.6 GHz.
PlantDescription board() {
  PlantDescription plant;
  plant.domains = {{"cpu0", DomainKind::kCpu, {5e8, 1e9, 2e9}, 0.0, {0, 1}},
                   {"gpu", DomainKind::kGpu, {2.5e8, 5e8, 1e9}, 0.0, {}},
                   {"emc", DomainKind::kEmc, {8e8, 1.6e9}, 0.0, {}}};
  plant.knobs = {{"cpu", {5e8, 1e9, 2e9}, {0}},
                 {"gpu", {2.5e8, 5e8, 1e9}, {1}},
                 {"emc", {8e8, 1.6e9}, {2}},
                 {kBatchKnob, {1, 8}, {}}};
  plant.limits = {{0, 2}, {0, 2}, {0, 1}, {0, 1}};
  plant.cpus = 2;
  return plant;
}

GovernorScope scope_of(const PlantDescription& plant) {
  const std::vector<std::size_t> knobs = {0, 1, 2, 3};
  return scope_over(plant, knobs);
}

// Cumulative busy seconds at a time.
struct Busy {
  double cpu0 = 0.0;
  double cpu1 = 0.0;
  double gpu = 0.0;
  double emc = 0.0;
};

// The CPUs at 1 GHz, the GPU at 0.5 GHz, the memory at 1.6 GHz.
Telemetry shown(double seconds, const Busy& busy) {
  Telemetry t;
  t.time_seconds = seconds;
  auto& domains = t.domains.refill(seconds);
  domains.resize(3);
  domains[0].effective_hz = 1e9;
  domains[1].effective_hz = 5e8;
  domains[1].busy_seconds = busy.gpu;
  domains[2].effective_hz = 1.6e9;
  domains[2].busy_seconds = busy.emc;
  auto& cpus = t.cpus.refill(seconds);
  cpus.resize(2);
  cpus[0].busy_seconds = busy.cpu0;
  cpus[1].busy_seconds = busy.cpu1;
  return t;
}

double slowdown(const SlowdownEstimate& estimate, const std::vector<Level>& levels) {
  return estimate.slowdown(levels);
}

}  // namespace

TEST_CASE("each unit's part of a request's time grows as its clock falls") {
  const PlantDescription plant = board();
  SlowdownEstimate estimate(scope_of(plant));
  estimate.add(shown(0.0, {}));
  // In two seconds 1.2 s of CPU at 1 GHz and 0.4 s of GPU at 0.5 GHz: 0.6 and 0.2 s at the top.
  estimate.add(shown(1.0, {0.4, 0.2, 0.2, 0.0}));
  estimate.add(shown(2.0, {0.8, 0.4, 0.4, 0.0}));
  CHECK(slowdown(estimate, {2, 2, 1, 1}) == doctest::Approx(1.0));
  CHECK(slowdown(estimate, {2, 1, 1, 1}) == doctest::Approx((0.6 + 0.4) / 0.8));
  CHECK(slowdown(estimate, {1, 2, 1, 1}) == doctest::Approx((1.2 + 0.2) / 0.8));
  CHECK(slowdown(estimate, {0, 0, 1, 1}) == doctest::Approx(4.0));
  CHECK(slowdown(estimate, {1, 1, 1, 0}) == doctest::Approx(2.0));  // whatever the batch
}

TEST_CASE("memory is busy inside the others' time: only what it grows by is added") {
  const PlantDescription plant = board();
  SlowdownEstimate estimate(scope_of(plant));
  estimate.add(shown(0.0, {}));
  estimate.add(shown(1.0, {0.0, 0.0, 0.8, 0.1}));  // the GPU: 0.4 s at the top
  CHECK(slowdown(estimate, {2, 2, 1, 1}) == doctest::Approx(1.0));
  CHECK(slowdown(estimate, {2, 2, 0, 1}) == doctest::Approx((0.4 + 0.1) / 0.4));
  CHECK(slowdown(estimate, {0, 2, 1, 1}) == doctest::Approx(1.0));  // the CPUs did nothing
}

TEST_CASE("CPUs that work at once make a request no longer than the time that passed") {
  const PlantDescription plant = board();
  SlowdownEstimate estimate(scope_of(plant));
  estimate.add(shown(0.0, {}));
  estimate.add(shown(1.0, {0.9, 0.9, 0.5, 0.0}));  // 0.5 s of CPU, 0.25 s of GPU at the top
  CHECK(slowdown(estimate, {1, 2, 1, 1}) == doctest::Approx((1.0 + 0.25) / 0.75));
}

TEST_CASE("of what was never seen the clocks alone bound it") {
  const PlantDescription plant = board();
  SlowdownEstimate estimate(scope_of(plant));
  CHECK(slowdown(estimate, {1, 0, 1, 1}) == 4.0);
  estimate.add(shown(0.0, {}));
  estimate.add(shown(1.0, {}));  // nothing was busy
  CHECK(slowdown(estimate, {1, 2, 0, 1}) == 2.0);
  estimate.add(Telemetry{});  // nothing is shown, an earlier time
  CHECK(slowdown(estimate, {1, 2, 0, 1}) == 2.0);
}

TEST_CASE("requests take what they took, times what the units that work slow down by") {
  const PlantDescription plant = board();
  SlowdownEstimate estimate(scope_of(plant));
  CHECK_FALSE(estimate.latency_seconds(std::vector<Level>{2, 2, 1, 1}).has_value());
  Telemetry first = shown(0.0, {});
  first.application.refill(0.0).deadline_seconds = 0.3;
  estimate.add(first);
  // 0.6 s of CPU at 1 GHz and 0.2 s of GPU at 0.5 GHz for four requests of 0.25 s each.
  Telemetry second = shown(1.0, {0.6, 0.0, 0.2, 0.0});
  ApplicationTelemetry& requests = second.application.refill(1.0);
  requests.served = 4;
  requests.in_system_seconds = 1.0;
  requests.deadline_seconds = 0.2;
  estimate.add(second);
  CHECK(estimate.deadline_seconds() == 0.2);
  CHECK(*estimate.latency_seconds(std::vector<Level>{1, 1, 1, 1}) == doctest::Approx(0.25));
  CHECK(*estimate.latency_seconds(std::vector<Level>{2, 2, 1, 1}) == doctest::Approx(0.125));
  CHECK(*estimate.latency_seconds(std::vector<Level>{0, 1, 1, 1}) ==
        doctest::Approx(0.25 * 1.4 / 0.8));
}

TEST_CASE("exploration goes as far down as the deadline allows") {
  const PlantDescription plant = board();
  RandomGovernorConfig config;
  config.share = 1.0;
  config.from_seconds = 2.0;
  config.within_deadline = true;
  config.latency_factor = 1.0;  // of no use where there is a deadline
  RandomGovernor governor(config);
  governor.reset(scope_of(plant));
  const auto decide = [&](double seconds, std::uint64_t served) {
    // Only the GPU works, at 0.5 GHz: a request takes 0.1 s.
    Telemetry t = shown(seconds, {0.0, 0.0, 0.1 * static_cast<double>(served), 0.0});
    ApplicationTelemetry& requests = t.application.refill(seconds);
    requests.served = served;
    requests.in_system_seconds = 0.1 * static_cast<double>(served);
    requests.deadline_seconds = 0.15;
    return governor.decide({t});
  };
  CHECK(decide(0.0, 0).decided_by == DecidedBy::kResident);
  CHECK(decide(1.0, 5).decided_by == DecidedBy::kResident);
  for (int i = 0; i < 50; ++i) CHECK(decide(2.0 + i, 5).setting[1].ceiling > 0);  // 0.2 s there
  CHECK(governor.settings() == 24);  // two of three GPU clocks
}

TEST_CASE("exploration leaves out what the residents' time says is too slow") {
  const PlantDescription plant = board();
  RandomGovernorConfig config;
  config.share = 1.0;
  config.from_seconds = 2.0;
  config.latency_factor = 1.5;
  RandomGovernor governor(config);
  governor.reset(scope_of(plant));
  CHECK(governor.settings() == 36);
  const auto decide = [&](double seconds, const Busy& busy) {
    return governor.decide({shown(seconds, busy)});
  };
  CHECK(decide(0.0, {}).decided_by == DecidedBy::kResident);
  // All of the time is the CPUs': 0.5 s at the top, of which 0.3 s pass in memory.
  CHECK(decide(1.0, {1.0, 0.0, 0.0, 0.3}).decided_by == DecidedBy::kResident);
  std::size_t slow = 0;
  for (int i = 0; i < 100; ++i) {
    const Decision decision = decide(2.0 + i, {1.0, 0.0, 0.0, 0.3});
    REQUIRE(decision.decided_by == DecidedBy::kRandom);
    // The CPUs at their highest, any GPU clock; the memory's lower one costs a factor of 1.6.
    if (decision.setting[0].ceiling != 2 || decision.setting[2].ceiling != 1) ++slow;
  }
  CHECK(slow == 0);
  CHECK(governor.settings() == 6);
}

TEST_CASE("however small the factor the fastest setting is left") {
  const PlantDescription plant = board();
  RandomGovernorConfig config;
  config.share = 1.0;
  config.latency_factor = 1.0;
  RandomGovernor governor(config);
  governor.reset(scope_of(plant));
  CHECK(governor.decide({Telemetry{}}).setting[1] == LevelRange{2, 2});
  CHECK(governor.settings() == 2);  // of two batches
  config.latency_factor = 0.9;
  CHECK_THROWS_AS(RandomGovernor{config}, std::invalid_argument);
}
