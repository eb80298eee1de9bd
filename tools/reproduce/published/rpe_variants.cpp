#include "tools/reproduce/published/rpe_variants.h"

#include <string>
#include <vector>

#include "tools/config/workload_config.h"
#include "tools/reproduce/common/pinned_runs.h"
#include "tools/reproduce/published/rpe_cells.h"

namespace flyball {

namespace {

constexpr std::size_t kBatch = 32;
constexpr std::uint64_t kGraphRequests = 10 * kBatch;  // as long as the paper's timeline
constexpr double kLoadEnergy = 25.0;                   // percent more to load, static
constexpr double kCumulative = -8.5;  // percent after ten batches, loading included
constexpr double kPython = 16.0;      // percent more than LibTorch
constexpr double kAllowed = 2.0;      // points; the paper says "about"

// The whole program, loading included, under the stock governors.
RunFigures run_program(const std::vector<std::string>& variants, std::uint64_t requests) {
  Scenario scenario = rpe_scenario({"nano-4gb", "alexnet", kBatch, 0.0}, requests);
  scenario.workload = load_workload("alexnet", scenario.board, {variants, {}});
  scenario.application.load = scenario.workload.load;
  return run_stock(scenario).figures;
}

double joules(const RunFigures& figures, WorkKind kind) {
  return figures.work[static_cast<std::size_t>(kind)].joules;
}

double percent_more(double value, double reference) { return 100.0 * (value / reference - 1.0); }

}  // namespace

void add_rpe_variants(ReproductionTable& table) {
  const RunFigures dynamic = run_program({}, kGraphRequests);
  const RunFigures fixed = run_program({"static_graph"}, kGraphRequests);
  table.check("nano-4gb alexnet, static graph: energy to load", kLoadEnergy,
              percent_more(joules(fixed, WorkKind::kLoading), joules(dynamic, WorkKind::kLoading)),
              "%", kAllowed);
  table.check("nano-4gb alexnet, static graph: ten batches and loading", kCumulative,
              percent_more(fixed.energy_joules, dynamic.energy_joules), "%", kAllowed);
  const RunFigures python = run_program({}, kRpeRequests);
  const RunFigures libtorch = run_program({"libtorch"}, kRpeRequests);
  table.check(
      "nano-4gb alexnet, PyTorch: energy of inference against LibTorch", kPython,
      percent_more(joules(python, WorkKind::kServing), joules(libtorch, WorkKind::kServing)), "%",
      kAllowed);
}

}  // namespace flyball
