// What a board draws: few parameters, once per board. Values.
//
// Per domain P = C V(f)^2 f activity + leakage V(f), the voltage flat up to a knee and linear
// above.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "env/board.h"
#include "env/config/fields.h"

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
template <typename Visitor, FieldsOf<UnitElectrical> Config>
void visit(Visitor& field, Config& unit) {
  field({"minimum_volts", "V", above(0), "at and below the knee", Need::kRequired},
        unit.minimum_volts);
  field({"maximum_volts", "V", above(0), "at the highest frequency", Need::kRequired},
        unit.maximum_volts);
  field({"knee_hz", "Hz", at_least(0), "where the voltage begins to rise", Need::kRequired},
        unit.knee_hz);
  field({"farads", "F", at_least(0), "switched capacitance at full activity", Need::kRequired},
        unit.farads);
  field({"idle_activity", "", within(0, 1), "share of it that switches while clocked and idle",
         Need::kRequired},
        unit.idle_activity);
  field({"leakage_amperes", "A", at_least(0), "at 25 C", Need::kRequired}, unit.leakage_amperes);
}

// What a rail of the board carries: the share of each component that it feeds.
struct RailMix {
  double cpu = 0.0;
  double gpu = 0.0;
  double emc = 0.0;
  double base = 0.0;
};
template <typename Visitor, FieldsOf<RailMix> Config>
void visit(Visitor& field, Config& mix) {
  field({"cpu", "", within(0, 1), "share of the CPUs' power that this rail carries"}, mix.cpu);
  field({"gpu", "", within(0, 1), "of the GPU's"}, mix.gpu);
  field({"emc", "", within(0, 1), "of the memory's"}, mix.emc);
  field({"base", "", within(0, 1), "of what neither clock nor load moves"}, mix.base);
}

struct Electrical {
  UnitElectrical cpu;  // per online core
  UnitElectrical gpu;  // nothing while railgated
  UnitElectrical emc;
  double base_watts = 1.0;          // what neither clock nor load moves
  double leakage_per_kelvin = 0.0;  // relative rise of leakage above 25 degrees
  std::vector<RailMix> rails;       // in the order of the board's rails
};
template <typename Visitor, FieldsOf<Electrical> Config>
void visit(Visitor& field, Config& electrical) {
  field({"base_watts", "W", at_least(0), "what neither clock nor load moves", Need::kRequired},
        electrical.base_watts);
  field({"leakage_per_kelvin", "1/K", at_least(0), "relative rise of leakage above 25 C",
         Need::kRequired},
        electrical.leakage_per_kelvin);
  field({"cpu", "", {}, "one core", Need::kRequired}, electrical.cpu);
  field({"gpu", "", {}, "nothing while railgated", Need::kRequired}, electrical.gpu);
  field({"emc", "", {}, "the memory", Need::kRequired}, electrical.emc);
  field({"rails", "", {}, "one entry per rail of the board, in the same order"}, electrical.rails);
}

// Throws std::invalid_argument naming the key at fault ("electrical.gpu.farads").
void validate(const Electrical& electrical, const Board& board);

// Volts at `hertz` for a table that ends at `highest_hz`.
double volts(const UnitElectrical& unit, double hertz, double highest_hz);

// Watts of one powered unit at `activity` in [0, 1]; `leakage_factor` is 1 at 25 degrees.
double unit_watts(const UnitElectrical& unit, double hertz, double volts, double activity,
                  double leakage_factor);

}  // namespace flyball
