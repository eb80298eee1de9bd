#include "controllers/nvhost_podgov_governor.h"

#include <doctest/doctest.h>

#include "tests/support/resident_bench.h"
#include "tests/support/sample_domains.h"

using namespace flyball;

namespace {

struct Poll {
  int total_us;
  int busy_us;
  double expected_mhz;
};

// A bench whose governor has been asked once: its windows and its block window begin there.
ResidentBench started_bench() {
  ResidentBench bench(std::make_unique<NvhostPodgovGovernor>(), kXavierNxGpu);
  bench.step(0.025, 0.0);
  return bench;
}

void check_polls(ResidentBench& bench, const std::vector<Poll>& polls) {
  for (std::size_t i = 0; i < polls.size(); ++i) {
    CAPTURE(i);
    const double seconds = polls[i].total_us * 1e-6;
    const double mhz = bench.step(seconds, 1.0 * polls[i].busy_us / polls[i].total_us) / 1e6;
    CHECK(mhz == doctest::Approx(polls[i].expected_mhz).epsilon(1e-9));
  }
}

}  // namespace

// Computed with an awk script of twenty lines written from the description of the algorithm (every
// division int(), state cur, cycles_avg, freq_avg, last_scale), not with this program. By hand:
//  1  25 ms since the start, inside the block window of 50 ms: 114.75 stays.
//  2  load 1000 > 900: boost = 1109.25 / 3 = 369, 114 + 369 = 483 -> 510. freq_avg = 483 / 11 = 43.
//  4  boost again: 510 + 369 = 879 -> 905.25. 6: 905 + 369, above the maximum -> 1109.25.
//  8  boost: 1109 + 369 = 1478, freq_avg = (10 * 224 + 1478) / 11 = 338; clamped, so unchanged.
//  9  load 493, cycles_avg = 408026009 Hz: busyness 367, boost = (367 - 700) * 80 * 1109 / 70000
//     = -422, 1109 - 422 = 687; freq_avg = (3380 + 687) / 11 = 369; (7 * 687 + 3 * 369) / 10 = 591
//     -> 599.25, without waiting: the block window counts from the last change, at 6.
// Then idle: cycles_avg decays, one step down per block window at most, and freq_avg holds it up; a
// poll that comes two seconds late counts as one; 22499 and 22501 us of 25000 are 899 and 900
// permille, not above load_max, 22525 us are 901.
TEST_CASE("podgov follows a sequence computed by hand") {
  ResidentBench bench = started_bench();
  check_polls(bench, {{25000, 25000, 114.75},  {25000, 25000, 510.00},  {25000, 25000, 510.00},
                      {25000, 25000, 905.25},  {25000, 25000, 905.25},  {25000, 25000, 1109.25},
                      {25000, 25000, 1109.25}, {25000, 25000, 1109.25}, {25000, 12345, 599.25},
                      {25000, 12345, 599.25},  {25000, 12345, 510.00},  {25000, 12345, 510.00},
                      {25000, 12345, 510.00},  {25000, 12345, 510.00},  {25000, 12345, 510.00},
                      {25000, 12345, 510.00},  {25000, 12345, 510.00},  {25000, 12345, 510.00},
                      {25000, 12345, 510.00},  {25000, 12345, 510.00},  {25000, 0, 510.00},
                      {25000, 0, 408.00},      {25000, 0, 408.00},      {25000, 0, 408.00},
                      {25000, 0, 408.00},      {25000, 0, 408.00},      {2000000, 30000, 306.00},
                      {25000, 22499, 306.00},  {25000, 22499, 306.00},  {25000, 22499, 306.00},
                      {25000, 22499, 408.00},  {25000, 22499, 408.00},  {25000, 22501, 408.00},
                      {25000, 22525, 803.25},  {25000, 22525, 803.25}});
}

// 510 / 3 = 170: 114 + 170 = 284 -> 306, 306 + 170 = 476 -> 510, and there it stays.
TEST_CASE("podgov boosts by a third of the limit in force, not of the table") {
  ResidentBench bench = started_bench();
  bench.set_limits(114.75e6, 510e6);
  check_polls(bench, {{25000, 25000, 114.75},
                      {25000, 25000, 306.0},
                      {25000, 25000, 306.0},
                      {25000, 25000, 510.0},
                      {25000, 25000, 510.0},
                      {25000, 25000, 510.0}});
}

TEST_CASE("podgov keeps the frequency when no time has passed") {
  ResidentBench bench = started_bench();
  CHECK(bench.step(0.0, 0.0) == 114.75e6);
}

// The work is fixed: 400 MHz of clock. The lowest entry that brings busyness to at most 700
// permille is 599.25 MHz (667); 510 MHz would be 784.
TEST_CASE("podgov settles on the entry that brings the load to its target") {
  ResidentBench bench = started_bench();
  for (int i = 0; i < 400; ++i) bench.step(0.025, std::min(1.0, 400e6 / bench.requested_hz()));
  CHECK(bench.requested_hz() == 599.25e6);
}

TEST_CASE("a floor that rises moves podgov's frequency at once") {
  ResidentBench bench = started_bench();
  bench.set_limits(701.25e6, 1109.25e6);
  CHECK(bench.step(0.001, 0.0) == 701.25e6);
}

// A host that leaves stalled time out of the load window shows 950 permille; the counters, over the
// whole second, would say 24. 114 + 369 = 483 -> 510.
TEST_CASE("podgov takes the load window that its host shows") {
  PlantDescription plant;
  plant.domains = {kXavierNxGpu};
  plant.knobs = {{"gpu", kXavierNxGpu.frequencies_hz, {0}}};
  NvhostPodgovGovernor governor;
  governor.reset({&plant, plant.knobs, {{0, 14}}});
  Telemetry telemetry;
  for (const double time : {0.025, 1.025}) {
    telemetry.time_seconds = time;
    telemetry.domains.refill(time) = {
        {114.75e6, 114.75e6, 114.75e6, 1109.25e6, 0.95, 0.02375 * (time > 1.0 ? 1.0 : 0.0)}};
    const Level level = governor.decide({telemetry}).setting[0].ceiling;
    CHECK(kXavierNxGpu.frequencies_hz[level] == (time > 1.0 ? 510e6 : 114.75e6));
  }
}
