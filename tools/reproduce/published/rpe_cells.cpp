#include "tools/reproduce/published/rpe_cells.h"

#include <fmt/format.h>

#include <array>
#include <stdexcept>

#include "tools/config/board_config.h"
#include "tools/config/workload_config.h"
#include "tools/reproduce/common/pinned_runs.h"

namespace flyball {

namespace {

constexpr const char* kNano = "nano-4gb";
constexpr const char* kXavierNx = "xavier-nx-8gb";
constexpr const char* kOrinNx = "orin-nx-16gb";

constexpr std::array<RpeCell, 18> kCells = {{
    {kNano, "alexnet", 16, 0.135},
    {kNano, "resnet18", 16, 0.193},
    {kNano, "mobilenet_v2", 8, 0.156},
    {kNano, "yolov4_tiny", 16, 0.099},
    {kNano, "bert_tiny", 16, 0.173},
    {kNano, "distilbert", 16, 0.172},
    {kXavierNx, "alexnet", 16, 0.1342},
    {kXavierNx, "resnet18", 16, 0.025},
    {kXavierNx, "mobilenet_v2", 16, 0.1484},
    {kXavierNx, "yolov4_tiny", 16, 0.129},
    {kXavierNx, "bert_tiny", 16, 0.151},
    {kXavierNx, "distilbert", 16, 0.2195},
    {kOrinNx, "alexnet", 16, 0.1921},
    {kOrinNx, "resnet18", 16, 0.1876},
    {kOrinNx, "mobilenet_v2", 16, 0.1678},
    {kOrinNx, "yolov4_tiny", 16, 0.03},
    {kOrinNx, "bert_tiny", 16, 0.1877},
    {kOrinNx, "distilbert", 16, 0.1638},
}};

// RPE's Orin NX capped its power under the stock governors. Of the modes it names (15 and 25 W) the
// smaller one's budget is taken to hold beside the full tables; which it was is not said.
constexpr double kOrinNxBudgetWatts = 15.0;

}  // namespace

std::span<const RpeCell> rpe_cells() { return kCells; }

double rpe_minimum_gpu_hz(const std::string& board) {
  if (board == kNano) return 614.4e6;
  if (board == kXavierNx) return 803.25e6;
  if (board == kOrinNx) return 714e6;
  throw std::invalid_argument(fmt::format("RPE did not measure {}", board));
}

Scenario rpe_scenario(const RpeCell& cell, std::uint64_t requests) {
  Scenario scenario;
  scenario.id = fmt::format("rpe {} {}", cell.board, cell.workload);
  scenario.title = scenario.id;
  scenario.board = load_board(cell.board);
  const Board& board = scenario.board.board;
  scenario.mode = find_mode(board, kFullTablesMode);
  if (board.id == kOrinNx) scenario.mode.budget_watts = kOrinNxBudgetWatts;
  scenario.cpu_floor_hz = board.domains.front().frequencies_hz.front();
  scenario.workload = load_workload(cell.workload, scenario.board);
  scenario.arrivals.source = ClosedLoop{requests, cell.batch, std::nullopt};
  scenario.control.knobs = {"cpu", "gpu"};
  scenario.seeds = {1};
  return scenario;
}

}  // namespace flyball
