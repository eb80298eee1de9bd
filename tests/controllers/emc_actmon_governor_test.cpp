#include "controllers/emc_actmon_governor.h"

#include <doctest/doctest.h>

#include <utility>
#include <vector>

#include "env/plant.h"

using namespace flyball;

namespace {

constexpr std::size_t kGpu = 0;
constexpr std::size_t kEmc = 1;

// GPU and memory of an AGX Xavier; the governor's answers take effect at once.
class Bench {
 public:
  Bench() {
    plant_.domains = {{"gpu", DomainKind::kGpu, {114.75e6, 1377e6}, 0.0, {}},
                      {"emc",
                       DomainKind::kEmc,
                       {204e6, 408e6, 665.6e6, 800e6, 1065.6e6, 1331.2e6, 1600e6, 1866e6, 2133e6},
                       0.0,
                       {}}};
    plant_.knobs = {{"gpu", plant_.domains[kGpu].frequencies_hz, {kGpu}},
                    {"emc", plant_.domains[kEmc].frequencies_hz, {kEmc}}};
    plant_.limits = {{0, 1}, {0, 8}};
    governor_.reset({&plant_, {plant_.knobs[kEmc]}, {plant_.limits[kEmc]}});
    auto& domains = telemetry_.domains.refill(0.0);
    domains = {{114.75e6, 114.75e6, 114.75e6, 1377e6, {}, 0.0},
               {204e6, 204e6, 204e6, 2133e6, {}, 0.0}};
  }

  // 25 ms with the memory busy for the share `load` of them. MHz of the answer.
  double step(double gpu_hz, double load) {
    time_ += 0.025;
    DomainTelemetry& emc = telemetry_.domains.refill(time_)[kEmc];
    *emc.busy_seconds += 0.025 * load;
    telemetry_.domains.refill(time_)[kGpu].effective_hz = gpu_hz;
    const Level level = governor_.decide({telemetry_}).setting[0].ceiling;
    emc.effective_hz = plant_.domains[kEmc].frequencies_hz[level];
    emc.requested_hz = emc.effective_hz;
    return *emc.effective_hz / 1e6;
  }
  void set_ceiling(double hz) { telemetry_.domains.refill(time_)[kEmc].ceiling_hz = hz; }

 private:
  PlantDescription plant_;
  EmcActmonGovernor governor_;
  Telemetry telemetry_;
  double time_ = 0.0;
};

}  // namespace

TEST_CASE("the memory clock follows the GPU's as in the logs of an AGX Xavier") {
  Bench bench;
  const std::vector<std::pair<double, double>> logged = {
      {318.75e6, 665.6},  {522.75e6, 1065.6}, {624.75e6, 1331.2},
      {675.75e6, 1600.0}, {905.25e6, 1866.0}, {1032.75e6, 2133.0},
      {1198.5e6, 2133.0}, {1377e6, 2133.0},   {114.75e6, 665.6}};
  for (const auto& [gpu_hz, emc_mhz] : logged) {
    CAPTURE(gpu_hz);
    CHECK(bench.step(gpu_hz, 0.0) == emc_mhz);
  }
}

// The average takes a fifth of each new value. At full load the activity is doubled by the boost:
// 0.2 * 2 * 665.6 = 266.2 MHz after one poll, wanted 532.5; after two 0.8 * 266.2 + 266.2 = 479.2,
// wanted 958.5.
TEST_CASE("a loaded memory climbs without the GPU, and comes down when the load ends") {
  Bench bench;
  CHECK(bench.step(114.75e6, 0.0) == 665.6);
  CHECK(bench.step(114.75e6, 1.0) == 665.6);
  CHECK(bench.step(114.75e6, 1.0) == 1065.6);
  for (int i = 0; i < 20; ++i) bench.step(114.75e6, 1.0);
  CHECK(bench.step(114.75e6, 1.0) == 2133.0);
  for (int i = 0; i < 20; ++i) bench.step(114.75e6, 0.0);
  CHECK(bench.step(114.75e6, 0.0) == 665.6);
}

TEST_CASE("at a steady load the activity stays at its target") {
  Bench bench;
  double emc_mhz = 665.6;
  for (int i = 0; i < 100; ++i) emc_mhz = bench.step(114.75e6, 600.0 / emc_mhz);  // 600 MHz of work
  CHECK(emc_mhz == 1331.2);  // the lowest at which that is at most half
}

TEST_CASE("caps hold, and without telemetry the memory runs at its highest") {
  Bench bench;
  bench.set_ceiling(1331.2e6);
  CHECK(bench.step(1377e6, 1.0) == 1331.2);
  EmcActmonGovernor governor;
  PlantDescription plant;
  plant.domains = {{"emc", DomainKind::kEmc, {1e9, 2e9}, 0.0, {}}};
  plant.knobs = {{"emc", {1e9, 2e9}, {0}}};
  governor.reset({&plant, plant.knobs, {{0, 1}}});
  CHECK(governor.decide({Telemetry{}}).setting[0] == LevelRange{1, 1});
}
