#include <doctest/doctest.h>

#include <memory>
#include <vector>

#include "controllers/nvhost_podgov_v2_governor.h"
#include "controllers/simple_ondemand_governor.h"
#include "controllers/wmark_governors.h"
#include "tests/support/resident_bench.h"
#include "tests/support/sample_domains.h"

using namespace flyball;

// The sequences were computed by a script of a dozen lines per governor, written from the
// descriptions in integers, not with this program.
namespace {

template <typename Made>
ResidentBench started_bench(double start_hz = kXavierNxGpu.frequencies_hz.front()) {
  ResidentBench bench(std::make_unique<Made>(), kXavierNxGpu, start_hz);
  bench.step(0.025, 0.0);
  return bench;
}

struct Poll {
  int permille;
  double expected_mhz;
};

void check_polls(ResidentBench& bench, const std::vector<Poll>& polls) {
  for (std::size_t i = 0; i < polls.size(); ++i) {
    CAPTURE(i);
    const double mhz = bench.step(0.025, polls[i].permille * 1e-3) / 1e6;
    CHECK(mhz == doctest::Approx(polls[i].expected_mhz).epsilon(1e-9));
  }
}

}  // namespace

// Averages: 125, 234, 311, 378, 437, 488, 508, 519, 529, 462, 404.
TEST_CASE("podgov v2 goes to the top at a full load and down level by level below its target") {
  ResidentBench bench = started_bench<NvhostPodgovV2Governor>();
  check_polls(bench, {{1000, 1109.25},
                      {1000, 1109.25},
                      {850, 1058.25},
                      {850, 1007.25},
                      {850, 956.25},
                      {850, 905.25},
                      {650, 854.25},
                      {600, 803.25},
                      {600, 752.25},
                      {0, 701.25},
                      {0, 599.25}});
}

// At 890 permille the average passes 600 at the ninth sample and 700 at the twelfth.
TEST_CASE("podgov v2 stays within the margin below its target, and goes up four levels above it") {
  ResidentBench bench = started_bench<NvhostPodgovV2Governor>();
  for (int i = 0; i < 11; ++i) CHECK(bench.step(0.025, 0.89) == 114.75e6);
  CHECK(bench.step(0.025, 0.89) == 510e6);
  CHECK(bench.step(0.025, 0.89) == 803.25e6);
}

TEST_CASE("simple_ondemand follows a sequence computed by hand") {
  ResidentBench bench = started_bench<SimpleOndemandGovernor>();
  check_polls(bench, {{901, 1109.25},
                      {900, 1109.25},
                      {860, 1109.25},
                      {850, 1109.25},
                      {500, 701.25},
                      {400, 408.0},
                      {100, 114.75},
                      {0, 114.75},
                      {860, 114.75},
                      {1000, 1109.25},
                      {880, 1109.25}});
}

TEST_CASE("simple_ondemand asks for the highest frequency where no time has passed") {
  ResidentBench bench = started_bench<SimpleOndemandGovernor>();
  CHECK(bench.step(0.025, 0.0) == 114.75e6);
  CHECK(bench.step(0.0, 0.0) == 1109.25e6);
  bench.set_limits(204e6, 510e6);
  CHECK(bench.step(0.025, 1.0) == 510e6);
  CHECK(bench.step(0.025, 0.0) == 204e6);
}

// The upper watermark is 900, 875, 822, 819 and 750 permille at the frequencies passed, the lower
// 0, 393, 525, 560, 595 and 597; every second change falls into the block window.
TEST_CASE("wmark_active goes towards its target load outside its watermarks") {
  ResidentBench bench = started_bench<WmarkActiveGovernor>();
  check_polls(bench, {{1000, 114.75},
                      {1000, 204.0},
                      {1000, 204.0},
                      {1000, 408.0},
                      {1000, 408.0},
                      {1000, 510.0},
                      {1000, 510.0},
                      {1000, 599.25},
                      {850, 599.25},
                      {850, 701.25},
                      {700, 701.25},
                      {300, 599.25},
                      {300, 599.25},
                      {300, 599.25},
                      {300, 599.25},
                      {0, 510.0},
                      {0, 510.0},
                      {0, 510.0}});
}

TEST_CASE("wmark_active without smoothing and block window is at its target at once") {
  WmarkActiveTunables video;  // as NVIDIA's script sets the video engine's
  video.block_window_us = 0;
  video.smooth = 0;
  video.freq_boost_en = false;
  ResidentBench bench(std::make_unique<WmarkActiveGovernor>(video), kXavierNxGpu);
  bench.step(0.025, 0.0);
  CHECK(bench.step(0.025, 1.0) == 204e6);     // 114.75 / 0.7 = 163.9
  CHECK(bench.step(0.025, 1.0) == 306e6);     // 291.4
  CHECK(bench.step(0.025, 0.69) == 306e6);    // between 466 and 900
  CHECK(bench.step(0.025, 0.2) == 114.75e6);  // 87.4
}

TEST_CASE("wmark_simple moves one level above 600 and below 100 permille") {
  ResidentBench bench = started_bench<WmarkSimpleGovernor>();
  check_polls(bench, {{600, 114.75},
                      {601, 204.0},
                      {1000, 306.0},
                      {350, 306.0},
                      {100, 306.0},
                      {99, 204.0},
                      {0, 114.75},
                      {0, 114.75},
                      {700, 204.0},
                      {500, 204.0}});
  ResidentBench high = started_bench<WmarkSimpleGovernor>(1109.25e6);
  CHECK(high.step(0.025, 1.0) == 1109.25e6);
}

// Up one level above 800 permille, four above 900; down below 800 of the next lower frequency:
// at 701.25 MHz below 684.
TEST_CASE("tegra_wmark moves one level at its target load and four beyond its margin") {
  ResidentBench bench = started_bench<TegraWmarkGovernor>();
  check_polls(bench, {{901, 510.0},
                      {900, 599.25},
                      {850, 701.25},
                      {800, 701.25},
                      {700, 701.25},
                      {750, 701.25},
                      {1000, 905.25},
                      {1000, 1109.25},
                      {600, 1058.25},
                      {0, 1007.25}});
}

TEST_CASE("a limit that moves carries every devfreq governor's frequency with it") {
  for (const auto made : {+[] { return std::unique_ptr<Governor>(new NvhostPodgovV2Governor); },
                          +[] { return std::unique_ptr<Governor>(new SimpleOndemandGovernor); },
                          +[] { return std::unique_ptr<Governor>(new WmarkActiveGovernor); },
                          +[] { return std::unique_ptr<Governor>(new WmarkSimpleGovernor); },
                          +[] { return std::unique_ptr<Governor>(new TegraWmarkGovernor); }}) {
    ResidentBench bench(made(), kXavierNxGpu);
    bench.step(0.025, 0.0);
    bench.set_limits(510e6, 803.25e6);
    CHECK(bench.step(0.025, 0.5) >= 510e6);
    for (int i = 0; i < 20; ++i) bench.step(0.025, 1.0);
    CHECK(bench.step(0.025, 1.0) <= 803.25e6);
  }
}
