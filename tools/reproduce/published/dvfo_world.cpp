#include "tools/reproduce/published/dvfo_world.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "controllers/evaluation/sim_setup.h"
#include "controllers/evaluation/simulated_run.h"
#include "env/action_space.h"
#include "env/sim/sim_plant.h"
#include "tools/config/board_config.h"
#include "tools/config/workload_config.h"
#include "tools/jobs/parallel_jobs.h"
#include "tools/reproduce/common/pinned_runs.h"

namespace flyball {

namespace {

constexpr std::array<DvfoCell, 3> kCells = {{
    {"EfficientNet-B0, 224x224", "efficientnet_b0", 401408, 150528, 22000, 0.03, 0.003},
    {"ViT-B16, 224x224", "vit_b16", 150528, 150528, 22000, 0.01, 0.005},
    {"EfficientNet-B0, 32x32", "efficientnet_b0", 8192, 3072, 1000, 0.03, 0.003},
}};

constexpr const char* kBoard = "xavier-nx-8gb";
constexpr std::size_t kClockLevels = 10;
constexpr double kPreparing = 0.05;  // of the edge's work, for a picture that is sent
constexpr double kAttention = 0.02;
constexpr double kRoundTripSeconds = 0.01;
constexpr double kRadioWatts = 1.0;

OffloadWork work_of(const DvfoCell& cell, DvfoSends sends) {
  OffloadWork work;
  work.cloud_seconds = cell.cloud_seconds;
  work.round_trip_seconds = kRoundTripSeconds;
  work.radio_watts = kRadioWatts;
  if (sends == DvfoSends::kFeatures) {
    work.feature_bytes = cell.feature_bytes;
    work.edge_floor = cell.edge_floor;
    work.attention = kAttention;
    return work;
  }
  work.feature_bytes = sends == DvfoSends::kJpeg ? cell.jpeg_bytes : cell.picture_bytes;
  work.edge_floor = kPreparing;
  work.attention = 0.0;
  return work;
}

// Evenly from the first to the last.
std::vector<Level> thinned(const Knob& knob) {
  std::vector<Level> levels;
  const std::size_t last = knob.levels.size() - 1;
  const std::size_t count = knob.is_application() ? last + 1 : std::min(kClockLevels, last + 1);
  for (std::size_t i = 0; i < count; ++i) {
    const double place =
        count == 1 ? 0.0 : static_cast<double>(i * last) / static_cast<double>(count - 1);
    levels.push_back(static_cast<Level>(std::lround(place)));
  }
  return levels;
}

// Every combination of these levels, a list per knob.
std::vector<DvfoPoint> sweep_levels(const Scenario& scenario, const std::vector<std::string>& knobs,
                                    const std::vector<std::vector<Level>>& levels,
                                    unsigned threads) {
  const SimConfig config = make_sim_config(scenario, scenario.seeds.front());
  std::vector<std::size_t> counts;
  for (const std::vector<Level>& list : levels) counts.push_back(list.size());
  const ActionSpace space(counts);
  std::vector<DvfoPoint> points(space.size());
  constexpr std::size_t kAtOnce = 64;
  run_parallel(scenario.id, (points.size() + kAtOnce - 1) / kAtOnce, threads, [&](std::size_t i) {
    std::vector<Level> place(counts.size());
    const std::size_t end = std::min(points.size(), (i + 1) * kAtOnce);
    for (std::size_t p = i * kAtOnce; p < end; ++p) {
      space.levels_of(p, place);
      for (std::size_t k = 0; k < place.size(); ++k) place[k] = levels[k][place[k]];
      points[p] = {place, cost_of(run_pinned(config, knobs, place, kRunTimeoutSeconds))};
    }
    return std::string("settings");
  });
  return points;
}

std::vector<Knob> knobs_of(const Scenario& scenario, const std::vector<std::string>& names) {
  const SimPlant plant(make_sim_config(scenario, scenario.seeds.front()));
  std::vector<Knob> knobs;
  for (const std::size_t k : find_knobs(plant.description(), names)) {
    knobs.push_back(plant.description().knobs[k]);
  }
  return knobs;
}

}  // namespace

std::span<const DvfoCell> dvfo_cells() { return kCells; }

Scenario dvfo_scenario(const DvfoCell& cell, DvfoSends sends, const Bandwidth& bandwidth,
                       std::uint64_t requests) {
  Scenario scenario;
  scenario.id = fmt::format("dvfo {}", cell.name);
  scenario.title = scenario.id;
  scenario.board = load_board(kBoard);
  scenario.mode = find_mode(scenario.board.board, kFullTablesMode);
  scenario.workload = load_workload(cell.workload, scenario.board);
  scenario.arrivals.source = ClosedLoop{requests, 1, std::nullopt};
  OffloadConfig offload;
  offload.work = work_of(cell, sends);
  offload.bandwidth = bandwidth;
  offload.probe_seconds = 1.0;
  scenario.application.offload = offload;
  scenario.control.knobs = {"cpu", "gpu", "emc", kOffloadKnob};
  scenario.control.offload_levels = dvfo_shares();
  scenario.seeds = {1};
  return scenario;
}

std::vector<double> dvfo_shares() {
  std::vector<double> shares;
  for (int i = 0; i <= 10; ++i) shares.push_back(i / 10.0);
  return shares;
}

DvfoCost cost_of(const RunFigures& figures) {
  return {figures.energy_per_request, figures.latency_mean_seconds};
}

double weighted(const DvfoCost& cost, const DvfoCost& reference, double eta) {
  return eta * cost.joules / reference.joules + (1.0 - eta) * cost.seconds / reference.seconds;
}

DvfoCost under_stock(Scenario scenario, double share) {
  scenario.application.offload->default_share = share;
  return cost_of(
      run_residents(make_sim_config(scenario, scenario.seeds.front()), kRunTimeoutSeconds));
}

std::vector<DvfoPoint> dvfo_sweep(const Scenario& scenario, const std::vector<std::string>& knobs,
                                  unsigned threads) {
  std::vector<std::vector<Level>> levels;
  for (const Knob& knob : knobs_of(scenario, knobs)) levels.push_back(thinned(knob));
  return sweep_levels(scenario, knobs, levels, threads);
}

std::vector<DvfoPoint> dvfo_sweep_around(const Scenario& scenario,
                                         const std::vector<std::string>& knobs,
                                         const DvfoPoint& point, unsigned threads) {
  std::vector<std::vector<Level>> levels;
  for (const Knob& knob : knobs_of(scenario, knobs)) {
    const std::size_t last = knob.levels.size() - 1;
    const std::size_t step = knob.is_application() ? last : (last + 1) / kClockLevels + 1;
    const std::size_t here = point.levels[levels.size()];
    std::vector<Level>& list = levels.emplace_back();
    for (std::size_t level = here - std::min(here, step); level <= std::min(last, here + step);
         ++level) {
      list.push_back(static_cast<Level>(level));
    }
  }
  return sweep_levels(scenario, knobs, levels, threads);
}

const DvfoPoint& cheapest(const std::vector<DvfoPoint>& points, const DvfoCost& reference,
                          double eta) {
  return *std::min_element(points.begin(), points.end(), [&](const auto& a, const auto& b) {
    return weighted(a.cost, reference, eta) < weighted(b.cost, reference, eta);
  });
}

}  // namespace flyball
