#include "controllers/ondemand_governor.h"

#include <doctest/doctest.h>

#include "tests/support/resident_bench.h"
#include "tests/support/sample_domains.h"

using namespace flyball;

namespace {

ResidentBench started_bench(const OndemandTunables& tunables = {}) {
  ResidentBench bench(std::make_unique<OndemandGovernor>(tunables), kNanoCpu);
  bench.step_cpus(0.010, {0.0, 0.0});
  return bench;
}

}  // namespace

// By hand: target = 102000 + load * 1377000 / 100 kHz, then the closest entry, the lower on a tie.
//  50 %: 790500, 80100 above 710400 and 35100 below 825600. 10 %: 239700, closest 204000.
//  95 %: not above the threshold: 1410150 -> 1428000. 96 %: the maximum. 0 %: 102000.
//  33 %: 556410 -> 518400 (38010 against 57990).
TEST_CASE("ondemand follows a sequence computed by hand") {
  ResidentBench bench = started_bench();
  CHECK(bench.step_cpus(0.010, {0.50, 0.10}) == 825600e3);
  CHECK(bench.step_cpus(0.010, {0.00, 0.10}) == 204000e3);
  CHECK(bench.step_cpus(0.010, {0.95, 0.10}) == 1428000e3);
  CHECK(bench.step_cpus(0.010, {0.10, 0.96}) == 1479000e3);
  CHECK(bench.step_cpus(0.010, {0.33, 0.00}) == 518400e3);
  CHECK(bench.step_cpus(0.010, {0.00, 0.00}) == 102000e3);
}

// 40 ms of sleep are more than two samples: the load before the sleep, 50 %, counts once more.
TEST_CASE("ondemand takes a CPU that slept to go on where it left off, once") {
  ResidentBench bench = started_bench();
  CHECK(bench.step_cpus(0.010, {0.5, 0.0}) == 825600e3);
  CHECK(bench.step_cpus(0.050, {0.2, 0.0}) == 825600e3);
  CHECK(bench.step_cpus(0.050, {0.2, 0.0}) == 403200e3);  // 102000 + 20 * 13770 = 377400
}

TEST_CASE("waiting for I/O is idle time to ondemand unless told otherwise") {
  ResidentBench bench = started_bench();
  CHECK(bench.step_cpus(0.010, {0.5, 0.0}, 0.5) == 825600e3);
  OndemandTunables tunables;
  tunables.iowait = IoWait::kBusy;
  ResidentBench counting = started_bench(tunables);
  CHECK(counting.step_cpus(0.010, {0.5, 0.0}, 0.5) == 1479000e3);
}

TEST_CASE("ondemand stays at the maximum for as many samples as it is told") {
  OndemandTunables tunables;
  tunables.sampling_down_factor = 3;
  ResidentBench bench = started_bench(tunables);
  CHECK(bench.step_cpus(0.010, {1.0, 0.0}) == 1479000e3);
  CHECK(bench.step_cpus(0.010, {0.0, 0.0}) == 1479000e3);
  CHECK(bench.step_cpus(0.010, {0.0, 0.0}) == 1479000e3);
  CHECK(bench.step_cpus(0.010, {0.0, 0.0}) == 102000e3);
}

TEST_CASE("ondemand leaves CPUs out that are offline") {
  ResidentBench bench = started_bench();
  bench.set_online(1, false);
  CHECK(bench.step_cpus(0.010, {0.1, 1.0}) == 204000e3);
  bench.set_online(1, true);
  CHECK(bench.step_cpus(0.010, {0.1, 1.0}) == 204000e3);  // its first window begins here
  CHECK(bench.step_cpus(0.010, {0.1, 1.0}) == 1479000e3);
}

TEST_CASE("ondemand looks for the closest entry inside the limits in force") {
  ResidentBench bench = started_bench();
  bench.set_limits(403200e3, 921600e3);
  CHECK(bench.step_cpus(0.010, {1.0, 0.0}) == 921600e3);
  CHECK(bench.step_cpus(0.010, {0.0, 0.0}) == 403200e3);
}
