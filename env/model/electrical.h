// What a board draws: few parameters, once per board. Values.
//
// Per domain P = C V(f)^2 f activity + leakage V(f), the voltage flat up to a knee and linear
// above.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "env/board.h"

namespace flyball {

// One kind of clocked unit: one CPU core, the whole GPU, the whole memory.
struct UnitElectrical {
  double minimum_volts = 0.6;    // up to the knee
  double maximum_volts = 1.0;    // at the highest frequency of the table
  double knee_hz = 0.0;          // where the voltage begins to rise
  double farads = 1e-9;          // switched capacitance at full activity
  double idle_activity = 0.0;    // share of it that switches while clocked and idle, [0, 1]
  double leakage_amperes = 0.0;  // at 25 degrees
};

// What a rail of the board carries: the share of each component that it feeds.
struct RailMix {
  double cpu = 0.0;
  double gpu = 0.0;
  double emc = 0.0;
  double base = 0.0;
};

struct Electrical {
  UnitElectrical cpu;  // per online core
  UnitElectrical gpu;  // nothing while railgated
  UnitElectrical emc;
  double base_watts = 1.0;          // what neither clock nor load moves
  double leakage_per_kelvin = 0.0;  // relative rise of leakage above 25 degrees
  std::vector<RailMix> rails;       // in the order of the board's rails
};

// Throws std::invalid_argument naming the key at fault ("electrical.gpu.farads").
void validate(const Electrical& electrical, const Board& board);

// Volts at `hertz` for a table that ends at `highest_hz`.
double volts(const UnitElectrical& unit, double hertz, double highest_hz);

// Watts of one powered unit at `activity` in [0, 1]; `leakage_factor` is 1 at 25 degrees.
double unit_watts(const UnitElectrical& unit, double hertz, double volts, double activity,
                  double leakage_factor);

}  // namespace flyball
