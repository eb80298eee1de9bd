// `flyball reproduce polythrottle`: what PolyThrottle found on TX2 and AGX Orin, beside ours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "tools/reproduce/common/pinned_runs.h"
#include "tools/reproduce/common/reproduction_table.h"
#include "tools/reproduce/published/polythrottle_cells.h"

namespace flyball {

// A sweep over CPU, GPU and memory, and the stock governors on the same queries.
struct PolythrottleSweep {
  RunFigures stock;
  SettingSweep settings;                // its best keeps the latency limit
  const OraclePoint& cheapest() const;  // of all, whatever its latency
};

// The mean latency may be this many times stock's; ours, PolyThrottle's is not known.
inline constexpr double kPolythrottleLatencyFactor = 1.5;

PolythrottleSweep sweep_polythrottle(const PolythrottleCell& cell, std::uint64_t queries,
                                     unsigned threads,
                                     const std::function<void(double)>& progress = {});

// How many levels lie between the point's and the nearer end of the knob's table.
std::size_t levels_to_end(const SettingSweep& sweep, const OraclePoint& point, std::size_t knob);

// Largest over smallest energy, less 1, along one knob with the others as in `point`.
double energy_span(const SettingSweep& sweep, const OraclePoint& point, std::size_t knob);

// Runs the sweeps and the case of the GPU's minimum; no measurements are read.
void reproduce_polythrottle(unsigned threads, ReproductionTable& table);

}  // namespace flyball
