#include "controllers/evaluation/simulated_run.h"

#include <algorithm>
#include <system_error>

#include "env/sim/sim_plant.h"

namespace flyball {

namespace {

// Nothing happens at these times; they only bound how far a run goes past the end of its work.
constexpr double kStrideSeconds = 10.0;

}  // namespace

RunFigures run_to_end(SimPlant& plant, double timeout_seconds) {
  Timeline& timeline = plant.timeline();
  while (!plant.engine().is_finished() && timeline.now_seconds() < timeout_seconds) {
    timeline.sleep_until(std::min(timeline.now_seconds() + kStrideSeconds, timeout_seconds));
  }
  return figures_of(plant.truth());
}

RunFigures run_residents(const SimConfig& config, double timeout_seconds) {
  SimPlant plant(config);
  return run_to_end(plant, timeout_seconds);
}

RunFigures run_pinned(const SimConfig& config, std::span<const std::string> knobs,
                      std::span<const Level> levels, double timeout_seconds) {
  std::vector<LevelRange> ranges;
  for (const Level level : levels) ranges.push_back({level, level});
  return run_held(config, knobs, ranges, timeout_seconds);
}

RunFigures run_held(const SimConfig& config, std::span<const std::string> knobs,
                    std::span<const LevelRange> ranges, double timeout_seconds) {
  SimPlant plant(config);
  ControlLease lease = plant.lease(find_knobs(plant.description(), knobs));
  Setting setting;
  setting.resize(ranges.size());
  for (std::size_t k = 0; k < ranges.size(); ++k) setting[k] = ranges[k];
  if (const std::error_code error = lease.apply(setting)) {
    throw std::system_error(error, "holding the simulated board's clocks");
  }
  return run_to_end(plant, timeout_seconds);
}

SimulatedRun run_governor(const SimConfig& config, Governor* governor,
                          std::span<const std::string> knobs, const LoopConfig& loop_config,
                          double timeout_seconds, TelemetrySink* sink,
                          const std::function<bool()>& stop) {
  SimPlant plant(config);
  SimulatedRun run;
  {
    LoopConfig own = loop_config;
    if (plant.engine().draws_actuation()) {
      own.simulated_effect_time = [&plant] { return plant.effect_time_seconds(); };
    }
    ControlLoop loop(plant, governor, find_knobs(plant.description(), knobs), own, sink);
    run.loop = loop.run(stop, timeout_seconds);
  }
  run.figures = figures_of(plant.truth());
  if (governor != nullptr) run.figures.decide = run.loop.decide;
  return run;
}

std::vector<std::size_t> find_knobs(const PlantDescription& plant,
                                    std::span<const std::string> names) {
  std::vector<std::size_t> indices;
  for (const std::string& name : names) indices.push_back(find_knob(plant.knobs, name));
  return indices;
}

}  // namespace flyball
