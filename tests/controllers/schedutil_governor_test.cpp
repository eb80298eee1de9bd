#include "controllers/schedutil_governor.h"

#include <doctest/doctest.h>

#include "tests/support/resident_bench.h"

using namespace flyball;

namespace {

// A cpufreq policy of a Xavier NX: 115.2 to 1881.6 MHz in steps of 76.8, then 1907.2.
Domain xavier_nx_cpu(std::vector<int> cpus) {
  Domain domain{"cpu0", DomainKind::kCpu, {}, 0.001, std::move(cpus)};
  for (int khz = 115200; khz <= 1881600; khz += 76800) domain.frequencies_hz.push_back(khz * 1e3);
  domain.frequencies_hz.push_back(1907200e3);
  return domain;
}

struct Update {
  double busy;  // of the first CPU; the second sleeps
  int expected_khz;
};

ResidentBench started_bench(const SchedutilTunables& tunables, double period_seconds) {
  ResidentBench bench(std::make_unique<SchedutilGovernor>(tunables), xavier_nx_cpu({0, 1}),
                      1190400e3);
  bench.step_cpus(period_seconds, {0.0, 0.0});
  return bench;
}

}  // namespace

// Computed with an awk script from the formula, not with this program. The first line by hand:
// after 10 ms 2^(-10 / 32.768) = 0.8094 of the old average is left, so util = 0.1906 * 1024 *
// 1190.4 / 1907.2 = 121; (1907200 + 476800) * 121 / 1024 = 281703 kHz -> 345600.
TEST_CASE("schedutil follows a sequence computed by hand") {
  ResidentBench bench = started_bench({}, 0.010);
  const std::vector<Update> updates = {
      {1, 345600},    {1, 345600},    {1, 345600},    {1, 422400},    {1, 422400},
      {1, 422400},    {1, 499200},    {1, 499200},    {1, 499200},    {1, 576000},
      {0.25, 499200}, {0.25, 422400}, {0.25, 422400}, {0.25, 345600}, {0.25, 268800},
      {0.25, 268800}, {0, 192000},    {0, 192000},    {0, 192000},    {0, 115200}};
  for (std::size_t i = 0; i < updates.size(); ++i) {
    CAPTURE(i);
    CHECK(bench.step_cpus(0.010, {updates[i].busy, 0.0}) == updates[i].expected_khz * 1e3);
  }
}

// 1907200 * 1.25 = 2384000; boosts of 128, 256, 512 and 1024 give 298000, 596000, 1192000 and the
// top; half of them without a wakeup, and nothing after a tick without.
TEST_CASE("waiting for storage boosts schedutil step by step, and the boost fades") {
  SchedutilTunables tunables;
  tunables.rate_limit_seconds = 0.002;
  ResidentBench bench(std::make_unique<SchedutilGovernor>(tunables), xavier_nx_cpu({0, 1}),
                      115200e3);
  bench.step_cpus(0.002, {0.0, 0.0});
  const std::vector<std::pair<double, int>> updates = {
      {1.0, 345600},  {0.5, 652800}, {0.1, 1267200}, {1.0, 1907200}, {1.0, 1907200},
      {0.0, 1267200}, {0.0, 652800}, {0.0, 115200},  {1.0, 345600},  {0.0, 115200}};
  for (std::size_t i = 0; i < updates.size(); ++i) {
    CAPTURE(i);
    CHECK(bench.step_cpus(0.002, {0.0, 0.0}, updates[i].first) == updates[i].second * 1e3);
  }
}

TEST_CASE("a long window of waiting boosts as often as its ticks") {
  ResidentBench bench = started_bench({}, 0.010);
  CHECK(bench.step_cpus(0.010, {0.0, 0.0}, 1.0) == 652800e3);   // two ticks: 256
  CHECK(bench.step_cpus(0.010, {0.0, 0.0}, 1.0) == 1907200e3);  // 1024
  CHECK(bench.step_cpus(0.010, {0.0, 0.0}, 0.0) == 115200e3);
}

// The same script with period 2 ms and capacity_margin 1024; every 15th update.
TEST_CASE("NVIDIA's tuning of schedutil doubles the utilization") {
  ResidentBench bench = started_bench(SchedutilTunables::nvidia(), 0.002);
  bench.set_limits(115200e3, 1907200e3);
  const std::vector<int> expected_khz = {268800,  499200,  960000,  1804800, 1907200, 1907200,
                                         1907200, 1907200, 1907200, 1574400, 1113600, 806400};
  for (std::size_t i = 0; i < 15 * expected_khz.size(); ++i) {
    const double hz = bench.step_cpus(0.002, {i < 120 ? 1.0 : 0.2, 0.0});
    CAPTURE(i);
    if (i % 15 == 14) CHECK(hz == expected_khz[i / 15] * 1e3);
  }
}

TEST_CASE("schedutil follows the busiest CPU of its policy") {
  ResidentBench first = started_bench({}, 0.010);
  ResidentBench second = started_bench({}, 0.010);
  for (int i = 0; i < 20; ++i) {
    CHECK(first.step_cpus(0.010, {0.8, 0.1}) == second.step_cpus(0.010, {0.3, 0.8}));
  }
}

TEST_CASE("schedutil stays inside the limits in force") {
  ResidentBench bench = started_bench({}, 0.010);
  bench.set_limits(1190400e3, 1420800e3);
  for (int i = 0; i < 5; ++i) CHECK(bench.step_cpus(0.010, {0.0, 0.0}) == 1190400e3);
  for (int i = 0; i < 100; ++i) bench.step_cpus(0.010, {1.0, 1.0});
  CHECK(bench.requested_hz() == 1420800e3);
}

TEST_CASE("schedutil does not slow down a lone CPU that was never idle") {
  ResidentBench lone(std::make_unique<SchedutilGovernor>(), xavier_nx_cpu({0}), 1190400e3);
  lone.step_cpus(0.010, {0.0});
  CHECK(lone.step_cpus(0.010, {1.0}) == 1190400e3);
  CHECK(lone.step_cpus(0.010, {0.9}) < 1190400e3);
}

TEST_CASE("schedutil's limit on falls holds a lower frequency back") {
  SchedutilTunables tunables;
  tunables.down_rate_limit_seconds = 0.025;
  ResidentBench bench = started_bench(tunables, 0.010);
  const double high = bench.step_cpus(0.010, {1.0, 0.0});  // the first change
  REQUIRE(high == 345600e3);
  CHECK(bench.step_cpus(0.010, {0.0, 0.0}) == high);
  CHECK(bench.step_cpus(0.010, {0.0, 0.0}) == high);
  CHECK(bench.step_cpus(0.010, {0.0, 0.0}) < high);
}
