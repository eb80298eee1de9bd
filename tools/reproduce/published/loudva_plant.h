// The measured plant of LoudVA's AGX Xavier: its sweep, completed by what the sweep does not hold.
// Every number is computed from the measurements or named below with where it was fitted.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "env/model/measured_model.h"
#include "env/sim/sim_config.h"
#include "tools/reproduce/published/loudva_data.h"

namespace flyball {

// What the logs say of the idle board.
struct LoudvaIdle {
  double railgated_watts = 0.0;   // mean before the GPU's first use
  double background_watts = 0.0;  // by which that mean is above the median: other processes
  std::vector<double> watts;      // per GPU level: median of quiet samples plus the background
};

// From every run but stock 3. Quiet: ten lines in a row at one GPU frequency without GPU load and
// with at most 0.3 cores busy. Levels never seen quiet are interpolated.
LoudvaIdle measure_idle(std::span<const LoudvaRun> runs, const Board& board);

// Seconds per batch a + s b by weighted least squares, watts p + k log2(b), per GPU frequency; the
// batch of a row is its throughput times its compute time (Little's law), not its concurrency. Host
// times and the piece of two images were fitted to the latencies of stock run 0.
MeasuredTable loudva_table(std::span<const LoudvaSweepRow> sweep, const LoudvaIdle& idle,
                           const Board& board);

// A board that serves `arrivals` under its stock governors. No first-use episodes; after its first
// use the GPU is never railgated (tegrastats keeps it awake).
SimConfig loudva_config(const Board& board, std::shared_ptr<const WorkModel> work,
                        std::vector<Arrival> arrivals);

}  // namespace flyball
