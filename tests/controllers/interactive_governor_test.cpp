#include "controllers/interactive_governor.h"

#include <doctest/doctest.h>

#include "tests/support/resident_bench.h"
#include "tests/support/sample_domains.h"

using namespace flyball;

namespace {

ResidentBench started_bench(double start_hz, const InteractiveTunables& tunables = {}) {
  ResidentBench bench(std::make_unique<InteractiveGovernor>(tunables), kNanoCpu, start_hz);
  CHECK(bench.step_cpus(0.020, {0.0, 0.0}) == start_hz);  // its first window begins here
  return bench;
}

}  // namespace

// By hand, kHz: 0.95 * 102000 / 0.9 = 107666 -> 204000; at 99 % the highest; 0.3 * 1479000 / 0.9 =
// 493000 -> 518400, but not before the highest is 80 ms old; 0.9 * 518400 / 0.9 = 518400 is the
// other CPU's, whose load against its own choice, the highest, is 31 %.
TEST_CASE("interactive follows a sequence computed by hand") {
  ResidentBench bench = started_bench(102000e3);
  CHECK(bench.step_cpus(0.020, {0.50, 0.0}) == 102000e3);
  CHECK(bench.step_cpus(0.020, {0.95, 0.0}) == 204000e3);
  CHECK(bench.step_cpus(0.020, {0.99, 0.1}) == kNanoTopHz);
  for (int i = 0; i < 3; ++i) CHECK(bench.step_cpus(0.020, {0.30, 0.0}) == kNanoTopHz);
  CHECK(bench.step_cpus(0.020, {0.30, 0.0}) == 518400e3);
  CHECK(bench.step_cpus(0.020, {0.50, 0.99}) == kNanoTopHz);
  for (int i = 0; i < 3; ++i) CHECK(bench.step_cpus(0.020, {0.10, 0.10}) == kNanoTopHz);
  CHECK(bench.step_cpus(0.020, {0.10, 0.10}) == 204000e3);
}

TEST_CASE("interactive stops at hispeed_freq first, and goes further up after a while") {
  InteractiveTunables tunables;
  tunables.hispeed_freq_khz = 710400;
  tunables.above_hispeed_delay_us = 60000;
  ResidentBench bench = started_bench(102000e3, tunables);
  CHECK(bench.step_cpus(0.020, {1.0, 0.0}) == 710400e3);
  CHECK(bench.step_cpus(0.020, {1.0, 0.0}) == 710400e3);
  CHECK(bench.step_cpus(0.020, {1.0, 0.0}) == 710400e3);
  CHECK(bench.step_cpus(0.020, {1.0, 0.0}) == 825600e3);  // 710400 / 0.9 = 789333
}

TEST_CASE("interactive keeps to the limits in force and counts waiting for I/O as idle") {
  ResidentBench bench = started_bench(kNanoTopHz);
  bench.set_limits(307200e3, 921600e3);
  CHECK(bench.step_cpus(0.020, {1.0, 1.0}) == 921600e3);
  for (int i = 0; i < 8; ++i) bench.step_cpus(0.020, {0.05, 0.05}, 0.95);
  CHECK(bench.step_cpus(0.020, {0.05, 0.05}, 0.95) == 307200e3);
}

TEST_CASE("a CPU that goes offline holds nothing up") {
  ResidentBench bench = started_bench(102000e3);
  CHECK(bench.step_cpus(0.020, {0.0, 1.0}) == kNanoTopHz);
  bench.set_online(1, false);
  for (int i = 0; i < 8; ++i) bench.step_cpus(0.020, {0.05, 0.0});
  CHECK(bench.step_cpus(0.020, {0.05, 0.0}) == 102000e3);
}
