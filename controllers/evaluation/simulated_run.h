// Runs of a simulated board until its work is done: by its residents, at a pinned setting, or under
// a governor with its control loop. Free functions; every run has a plant of its own, so they may
// be called from several threads at once.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "controllers/control_loop.h"
#include "controllers/run_figures.h"
#include "env/governor.h"
#include "env/sim/sim_config.h"

namespace flyball {

class SimPlant;

struct SimulatedRun {
  RunFigures figures;  // governor and seed are left to the caller
  LoopReport loop;
};

// By then every run has done its work, or never will.
constexpr double kRunTimeoutSeconds = 86400.0;

// Goes on until the plant's work is done. A run that has not ended by `timeout_seconds` is cut
// short: work is left undone.
RunFigures run_to_end(SimPlant& plant, double timeout_seconds);

// The residents decide.
RunFigures run_residents(const SimConfig& config, double timeout_seconds);

// Leases the knobs and pins them. Requires: one level per knob.
RunFigures run_pinned(const SimConfig& config, std::span<const std::string> knobs,
                      std::span<const Level> levels, double timeout_seconds);

// Leases the knobs and holds them inside these ranges; the residents decide where one has several
// levels. Requires: one range per knob.
RunFigures run_held(const SimConfig& config, std::span<const std::string> knobs,
                    std::span<const LevelRange> ranges, double timeout_seconds);

// A null governor leases nothing: the residents run, and the loop writes rows. `stop` may be empty.
SimulatedRun run_governor(const SimConfig& config, Governor* governor,
                          std::span<const std::string> knobs, const LoopConfig& loop,
                          double timeout_seconds, TelemetrySink* sink = nullptr,
                          const std::function<bool()>& stop = {});

// Knobs by name; throws std::invalid_argument listing those that exist.
std::vector<std::size_t> find_knobs(const PlantDescription& plant,
                                    std::span<const std::string> names);

}  // namespace flyball
