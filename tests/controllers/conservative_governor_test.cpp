#include "controllers/conservative_governor.h"

#include <doctest/doctest.h>

#include "tests/support/resident_bench.h"
#include "tests/support/sample_domains.h"

using namespace flyball;

namespace {

ResidentBench started_bench(double start_hz, const ConservativeTunables& tunables = {}) {
  ResidentBench bench(std::make_unique<ConservativeGovernor>(tunables), kNanoCpu, start_hz);
  CHECK(bench.step_cpus(0.010, {0.0, 0.0}) == start_hz);  // its first window begins here
  return bench;
}

}  // namespace

// By hand, kHz. A step is 5 % of 1479000: 73950. Up, the highest entry not above: 175950, 249900,
// 323850, 397800, 471750. Down, the lowest entry not below: 397800, 323850, 249900, 175950, 102000.
TEST_CASE("conservative follows a sequence computed by hand") {
  ResidentBench bench = started_bench(102000e3);
  for (const double hz : {102000e3, 204000e3, 307200e3, 307200e3, 403200e3}) {
    CHECK(bench.step_cpus(0.010, {0.10, 0.90}) == hz);
  }
  CHECK(bench.step_cpus(0.010, {0.50, 0.10}) == 403200e3);
  for (const double hz : {403200e3, 403200e3, 307200e3, 204000e3, 102000e3, 102000e3}) {
    CHECK(bench.step_cpus(0.010, {0.10, 0.00}) == hz);
  }
}

TEST_CASE("conservative moves above 80 % and below 20 %, not at them") {
  ResidentBench bench = started_bench(1428000e3);
  CHECK(bench.step_cpus(0.010, {0.80, 0.00}) == 1428000e3);
  CHECK(bench.step_cpus(0.010, {0.81, 0.00}) == kNanoTopHz);  // 1501950, no more than the maximum
  CHECK(bench.step_cpus(0.010, {1.00, 1.00}) == kNanoTopHz);
  CHECK(bench.step_cpus(0.010, {0.20, 0.00}) == kNanoTopHz);
  CHECK(bench.step_cpus(0.010, {0.19, 0.00}) == 1428000e3);  // 1405050
}

TEST_CASE("waiting for I/O is idle time to conservative") {
  ResidentBench bench = started_bench(kNanoTopHz);
  CHECK(bench.step_cpus(0.010, {0.10, 0.00}, 0.85) == 1428000e3);
}

TEST_CASE("conservative looks downwards once in as many samples as it is told") {
  ConservativeTunables tunables;
  tunables.sampling_down_factor = 3;
  ResidentBench bench = started_bench(kNanoTopHz, tunables);
  CHECK(bench.step_cpus(0.010, {0.0, 0.0}) == kNanoTopHz);
  CHECK(bench.step_cpus(0.010, {0.0, 0.0}) == kNanoTopHz);
  CHECK(bench.step_cpus(0.010, {0.0, 0.0}) == 1428000e3);  // 1405050
  CHECK(bench.step_cpus(0.010, {0.0, 0.0}) == 1428000e3);
  CHECK(bench.step_cpus(0.010, {0.9, 0.0}) == kNanoTopHz);  // 1479000; the count begins again
  CHECK(bench.step_cpus(0.010, {0.0, 0.0}) == kNanoTopHz);
  CHECK(bench.step_cpus(0.010, {0.0, 0.0}) == kNanoTopHz);
  CHECK(bench.step_cpus(0.010, {0.0, 0.0}) == 1428000e3);
}

// CPU 0 sleeps 40 ms of 50, CPU 1 all: four samples, 295800 kHz, at the load before the sleep.
TEST_CASE("conservative steps down for the samples that it slept through, if it steps at all") {
  ResidentBench bench = started_bench(kNanoTopHz);
  CHECK(bench.step_cpus(0.010, {0.5, 0.0}) == kNanoTopHz);
  CHECK(bench.step_cpus(0.050, {0.2, 0.0}) == kNanoTopHz);  // 50 %: no step, forgotten
  CHECK(bench.step_cpus(0.010, {0.1, 0.0}) == 1428000e3);   // 1405050
  CHECK(bench.step_cpus(0.050, {0.2, 0.0}) == 1036800e3);   // 1405050 - 295800 - 73950 = 1035300
  CHECK(bench.step_cpus(0.010, {0.9, 0.0}) == 1036800e3);   // 1109250
  CHECK(bench.step_cpus(0.050, {0.2, 0.0}) == 825600e3);    // 1109250 - 295800 + 73950 = 887400
  CHECK(bench.step_cpus(1.000, {0.0, 0.0}) == 825600e3);    // 102000: no step below that
  CHECK(bench.step_cpus(0.010, {0.0, 0.0}) == 825600e3);    // 887400 - 73950 = 813450
  CHECK(bench.step_cpus(0.010, {0.0, 0.0}) == 825600e3);    // 739500
  CHECK(bench.step_cpus(0.010, {0.0, 0.0}) == 710400e3);    // 665550
}

// A step is 5 % of the maximum allowed: 46080 kHz up to 921600, 15360 up to 307200.
TEST_CASE("conservative starts afresh where limits leave it, with steps of their size") {
  ResidentBench bench = started_bench(102000e3);
  bench.set_limits(403200e3, 921600e3);
  CHECK(bench.step_cpus(0.010, {1.0, 0.0}) == 403200e3);  // 449280
  CHECK(bench.step_cpus(0.010, {1.0, 0.0}) == 403200e3);  // 495360
  CHECK(bench.step_cpus(0.010, {1.0, 0.0}) == 518400e3);  // 541440
  bench.set_limits(102000e3, 307200e3);
  CHECK(bench.step_cpus(0.010, {0.5, 0.0}) == 307200e3);
  for (int sample = 1; sample <= 6; ++sample) {
    CHECK(bench.step_cpus(0.010, {0.0, 0.0}) == 307200e3);  // 291840 ... 215040
  }
  CHECK(bench.step_cpus(0.010, {0.0, 0.0}) == 204000e3);  // 199680
}

TEST_CASE("a step of 0 % never moves conservative") {
  ConservativeTunables tunables;
  tunables.freq_step = 0;
  ResidentBench bench = started_bench(710400e3, tunables);
  CHECK(bench.step_cpus(0.010, {1.0, 1.0}) == 710400e3);
  CHECK(bench.step_cpus(0.010, {0.0, 0.0}) == 710400e3);
}

TEST_CASE("conservative steps by 5 kHz where its percentage comes to nothing") {
  const Domain slow{"cpu0", DomainKind::kCpu, {2e3, 6e3, 9e3, 16e3}, 0.001, {0}};
  ResidentBench bench(std::make_unique<ConservativeGovernor>(), slow);
  bench.step_cpus(0.010, {0.0});
  CHECK(bench.step_cpus(0.010, {1.0}) == 6e3);   // 7
  CHECK(bench.step_cpus(0.010, {1.0}) == 9e3);   // 12
  CHECK(bench.step_cpus(0.010, {1.0}) == 16e3);  // 17, no more than the maximum
}
