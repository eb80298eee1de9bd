#include "tools/reproduce/published/cell_surfaces.h"

#include <variant>

#include "tools/reproduce/common/pinned_runs.h"

namespace flyball {

namespace {

constexpr std::uint64_t kBatches = 10;  // of each setting

Scenario short_run(Scenario scenario, std::size_t batch) {
  scenario.service_noise = 0.0;
  auto& loop = std::get<ClosedLoop>(scenario.arrivals.source);
  loop.batch = batch;
  loop.requests = kBatches * batch;
  return scenario;
}

std::vector<LevelRange> whole_tables(const std::vector<Knob>& knobs) {
  std::vector<LevelRange> limits;
  for (const Knob& knob : knobs) {
    limits.push_back({0, static_cast<Level>(knob.levels.size() - 1)});
  }
  return limits;
}

}  // namespace

CellSurface cell_surface(const Scenario& scenario, const std::vector<std::size_t>& batches,
                         unsigned threads) {
  std::vector<SettingSweep> sweeps;
  Knob batch_knob{"batch", {}, {}};
  for (const std::size_t batch : batches) {
    sweeps.push_back(sweep_settings(short_run(scenario, batch), {}, threads));
    batch_knob.levels.push_back(static_cast<double>(batch));
  }
  std::vector<Knob> knobs = sweeps.front().knobs;
  if (batches.size() > 1) knobs.push_back(batch_knob);
  CellSurface cell{{knobs, whole_tables(knobs)}, {scenario.workload.id, {}, {}}};
  cell.surface.seconds.resize(cell.space.size());
  cell.surface.joules.resize(cell.space.size());
  for (std::size_t b = 0; b < sweeps.size(); ++b) {
    for (const OraclePoint& point : sweeps[b].table.points) {
      std::vector<Level> levels = point.levels;
      if (sweeps.size() > 1) levels.push_back(static_cast<Level>(b));
      const std::size_t candidate = *cell.space.candidate_of(levels);
      cell.surface.seconds[candidate] = point.figures.latency_mean_seconds;
      cell.surface.joules[candidate] = point.figures.energy_per_request;
    }
  }
  return cell;
}

}  // namespace flyball
