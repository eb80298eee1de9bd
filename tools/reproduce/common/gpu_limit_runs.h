// Runs under the stock governors with a user's limits on the GPU's clock: its governor moves
// between a minimum and a maximum. Free functions; results do not depend on the number of threads.
#pragma once

#include <functional>
#include <vector>

#include "controllers/run_figures.h"
#include "env/knob.h"
#include "env/sim/scenario.h"

namespace flyball {

struct GpuLimitRun {
  LevelRange limits;   // of the GPU's table
  RunFigures figures;  // of all the scenario's seeds
};

// The runs of all the scenario's seeds as one.
RunFigures run_within(const Scenario& scenario, const LevelRange& gpu_limits);

// Every minimum with every maximum that is not below it. `progress` is given the share done. Throws
// Interrupted.
std::vector<GpuLimitRun> run_gpu_limits(const Scenario& scenario, unsigned threads,
                                        const std::function<void(double)>& progress = {});

}  // namespace flyball
