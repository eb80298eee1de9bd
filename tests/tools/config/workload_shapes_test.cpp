// What was published of how workloads answer to the clocks, on simulated boards.
#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include "env/sim/sim_plant.h"
#include "tools/config/board_config.h"
#include "tools/config/workload_config.h"

using namespace flyball;

namespace {

constexpr std::size_t kCpu = 0;  // the board's knobs
constexpr std::size_t kGpu = 1;
constexpr std::size_t kEmc = 2;
constexpr int kFullClocksMode = 6;  // Xavier NX at 1900, 1100 and 1866 MHz

// Xavier NX with one rail for the CPUs, one for the GPU and one for the memory.
BoardConfig xavier_nx() {
  BoardConfig board = load_board("xavier-nx-8gb");
  board.electrical->rails = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}};
  return board;
}

struct PinnedRun {
  double seconds = 0.0;
  double period_ratio = 1.0;  // of the knob's clock: its highest over what it was pinned to
  double gpu_over_cpu = 0.0;  // energy
};

// 50 queries, one at a time, at the highest clocks; one knob at the level nearest to `share` of its
// highest.
PinnedRun run_with(const std::string& workload, std::size_t knob, double share) {
  const BoardConfig board = xavier_nx();
  SimConfig config;
  config.board = board.board;
  config.mode = find_mode(board.board, kFullClocksMode);
  config.cpu_floor_hz = board.board.domains.front().frequencies_hz.front();
  config.work = load_workload(workload, board).work;
  config.arrivals = ClosedLoop{50, 1, std::nullopt};
  SimPlant plant(std::move(config));
  const std::vector<Knob>& knobs = plant.description().knobs;
  const std::array<std::size_t, 3> all = {kCpu, kGpu, kEmc};
  std::array<Level, 3> levels{};
  for (const std::size_t k : all) {
    const std::vector<double>& table = knobs[k].levels;
    levels[k] = level_nearest(table, (k == knob ? share : 1.0) * table.back());
  }
  ControlLease lease = plant.lease(all);
  REQUIRE_FALSE(lease.apply(Setting::pinned(levels)));
  while (!plant.engine().is_finished() && plant.timeline().now_seconds() < 60.0) {
    plant.timeline().sleep_until(plant.timeline().now_seconds() + 0.01);
  }
  const SimTruth& truth = plant.truth();
  REQUIRE(truth.served == 50);
  return {*truth.finished_seconds, knobs[knob].levels.back() / knobs[knob].levels[levels[knob]],
          truth.rail_joules[1] / truth.rail_joules[0]};
}

// Share of the time that a longer period of the knob's clock adds, per share of the period.
double influence(const std::string& workload, std::size_t knob) {
  const PinnedRun slow = run_with(workload, knob, 0.5);
  return (slow.seconds / run_with(workload, knob, 1.0).seconds - 1.0) / (slow.period_ratio - 1.0);
}

}  // namespace

TEST_CASE("EfficientNet-B0 on Xavier NX is bound by memory and CPU, ViT-B16 by the GPU") {
  CHECK(influence("efficientnet_b0", kEmc) > influence("efficientnet_b0", kGpu) + 0.05);
  CHECK(influence("efficientnet_b0", kCpu) > influence("efficientnet_b0", kGpu) + 0.05);
  CHECK(influence("vit_b16", kGpu) > influence("vit_b16", kEmc) + 0.1);
  CHECK(influence("vit_b16", kGpu) > influence("vit_b16", kCpu) + 0.1);
}

TEST_CASE("on Xavier NX the GPU draws 3.1 to 3.5 times the CPU's energy") {
  for (const std::string workload : {"efficientnet_b0", "vit_b16"}) {
    CAPTURE(workload);
    const double ratio = run_with(workload, kGpu, 1.0).gpu_over_cpu;
    CHECK(ratio >= 3.1);
    CHECK(ratio <= 3.5);
  }
}
