#include "tools/reproduce/published/loudva_cases.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "controllers/evaluation/simulated_run.h"
#include "controllers/fixed_governor.h"
#include "env/draw.h"
#include "env/sim/sim_plant.h"
#include "tools/reproduce/published/loudva_plant.h"

namespace flyball {

namespace {

constexpr double kPeriodSeconds = 0.125;  // the host needs longer than that before the GPU starts
constexpr double kThinkSeconds = 0.001;
constexpr std::size_t kStretch = 8;  // groups of a drawn trace that follow each other as recorded

RunFigures run_trace(const LoudvaWorld& world, const LoudvaTrace& trace, Governor* governor) {
  SimPlant plant(loudva_config(world.board, world.work, trace.arrivals));
  const std::vector<std::size_t> knobs = find_knobs(plant.description(), kLoudvaKnobs);
  ControlLoop loop(
      plant, governor,
      governor != nullptr ? std::span<const std::size_t>(knobs) : std::span<const std::size_t>(),
      loudva_loop());
  loop.run({}, std::numeric_limits<double>::infinity());
  plant.timeline().sleep_until(trace.seconds);
  RunFigures figures = figures_of(plant.truth());
  figures.energy_joules = plant.truth().energy_joules;
  return figures;
}

}  // namespace

std::vector<LoudvaCase> loudva_cases() {
  return {{"run 0", "stock_governor_0", 1.0, 13.5},
          {"run 3", "stock_governor_3", 1.0, 22.9},
          {"run 0, limits cut to a quarter", "stock_governor_0", 0.25, std::nullopt}};
}

LoudvaTrace recorded_trace(const LoudvaRun& run, double limit_scale) {
  return {run.arrivals(limit_scale), run.seconds};
}

LoudvaTrace drawn_trace(const LoudvaRun& run, double limit_scale, std::mt19937_64& random) {
  const std::vector<Arrival> recorded = run.arrivals(limit_scale);
  LoudvaTrace trace;
  double time = recorded.front().time_seconds;
  while (trace.arrivals.size() < recorded.size()) {
    const std::size_t begin = draw_index(random, recorded.size() - 1);
    const std::size_t left = recorded.size() - trace.arrivals.size();
    const std::size_t end = std::min({begin + kStretch, begin + left, recorded.size() - 1});
    for (std::size_t i = begin; i < end; ++i) {
      trace.arrivals.push_back(recorded[i]);
      trace.arrivals.back().time_seconds = time;
      time += recorded[i + 1].time_seconds - recorded[i].time_seconds;
    }
  }
  trace.seconds = time + run.seconds - recorded.back().time_seconds;
  return trace;
}

LoopConfig loudva_loop() {
  LoopConfig config;
  config.period_seconds = kPeriodSeconds;
  config.sample_seconds = kPeriodSeconds;
  config.simulated_think_seconds = kThinkSeconds;
  return config;
}

RunFigures run_traces(const LoudvaWorld& world, std::span<const LoudvaTrace> traces,
                      Governor* governor) {
  std::vector<RunFigures> runs;
  for (const LoudvaTrace& trace : traces) runs.push_back(run_trace(world, trace, governor));
  return pooled(runs, {});
}

LoudvaFixed search_fixed(const LoudvaWorld& world, std::span<const LoudvaTrace> traces,
                         double in_time_share) {
  const SimConfig plant = loudva_config(world.board, world.work, {});
  const RunFigures stock = run_traces(world, traces, nullptr);
  LoudvaFixed fixed;
  fixed.stock_joules = stock.energy_joules;
  fixed.stock_in_time = stock.in_time_share();
  std::vector<std::pair<std::vector<Level>, RunFigures>> all;
  for (std::size_t gpu = 0; gpu < world.table.frequencies_hz.size(); ++gpu) {
    for (std::size_t batch = 0; batch < plant.batch_levels.size(); ++batch) {
      FixedGovernor governor(
          {{"gpu", world.table.frequencies_hz[gpu]}, {"batch", plant.batch_levels[batch]}});
      const RunFigures figures = run_traces(world, traces, &governor);
      fixed.best_in_time = std::max(fixed.best_in_time, figures.in_time_share());
      all.push_back({{static_cast<Level>(gpu), static_cast<Level>(batch)}, figures});
    }
  }
  fixed.required_in_time = std::min(in_time_share, fixed.best_in_time);
  double lowest = std::numeric_limits<double>::infinity();
  for (const auto& [levels, figures] : all) {
    if (figures.in_time_share() < fixed.required_in_time || figures.energy_joules >= lowest)
      continue;
    lowest = figures.energy_joules;
    fixed.levels = levels;
  }
  fixed.saving = 1.0 - lowest / fixed.stock_joules;
  return fixed;
}

}  // namespace flyball
