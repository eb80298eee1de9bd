#include "tools/reproduce/published/polythrottle_cells.h"

#include <array>

#include "tools/config/board_config.h"
#include "tools/config/workload_config.h"
#include "tools/reproduce/common/pinned_runs.h"

namespace flyball {

namespace {

constexpr std::array<PolythrottleCell, 4> kCells = {{
    {"tx2-8gb", "efficientnet_b4"},
    {"tx2-8gb", "bert"},
    {"agx-orin-64gb", "efficientnet_b7"},
    {"agx-orin-64gb", "bert"},
}};

// Assumed: PolyThrottle does not say how its queries come, nor what runs beside them.
constexpr double kSparseQueriesPerSecond = 1.0;
constexpr std::size_t kOtherProcessCpu = 3;
constexpr double kOtherProcessShare = 0.2;

}  // namespace

std::span<const PolythrottleCell> polythrottle_cells() { return kCells; }

Scenario polythrottle_scenario(const PolythrottleCell& cell, std::uint64_t queries) {
  Scenario scenario;
  scenario.id = "polythrottle " + cell.name();
  scenario.title = scenario.id;
  scenario.board = load_board(cell.board);
  const Board& board = scenario.board.board;
  scenario.mode = find_mode(board, kFullTablesMode);  // AGX Orin's CPU floor is lifted, too
  scenario.cpu_floor_hz = board.domains.front().frequencies_hz.front();
  scenario.workload = load_workload(cell.workload, scenario.board);
  scenario.arrivals.source = ClosedLoop{queries, 1, std::nullopt};
  scenario.control.knobs = {"cpu", "gpu", "emc"};
  scenario.seeds = {1};
  return scenario;
}

Scenario polythrottle_sparse(const PolythrottleCell& cell, double seconds) {
  Scenario scenario = polythrottle_scenario(cell, 1);
  scenario.arrivals.source = PoissonArrivals{kSparseQueriesPerSecond, 1};
  scenario.arrivals.duration_seconds = seconds;
  CpuProcess process;
  process.cpus = {kOtherProcessCpu};
  process.share = kOtherProcessShare;
  scenario.application.processes = {process};
  scenario.seeds = {1, 2, 3, 4, 5};
  return scenario;
}

}  // namespace flyball
