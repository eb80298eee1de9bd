// The work model fitted to a board's measurements: a roofline in time, rail physics in power, and
// what both leave over (Residual). Constant; may be shared by threads.
//
//   accelerator = (t_gpu^p + t_memory^p + t_launch^p)^(1/p),  host = cycles / f_cpu + n input
//   watts = base + sum of units: full (V(f)/V_top)^2 f/f_top (idle + (1 - idle) activity)
//                                + leakage V(f)/V_top
//
// both times exp(residual). A knob that the measurements never moved has no influence here: the
// model answers as at the frequency at which it was held.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "env/board.h"
#include "env/config/fields.h"
#include "env/model/electrical.h"
#include "env/model/measured_model.h"
#include "env/model/residual.h"
#include "env/model/roofline_model.h"
#include "env/model/work_model.h"

namespace flyball {

// How a group of requests that came together gets into the queue, besides the cycles that the
// preparing thread takes.
struct GroupEntry {
  std::optional<std::uint64_t> piece;  // requests prepared as one piece; absent: the group
  AffineSeconds overlapped;            // after it, beside all else, n = of the group
};
template <typename Visitor, FieldsOf<GroupEntry> Config>
void visit(Visitor& field, Config& entry) {
  field({"piece", "requests", requests_range(), "prepared at once; absent: the group"},
        entry.piece);
  field({"overlapped", "", {}, "after it, beside all else, per group"}, entry.overlapped);
}

struct FittedTime {
  BatchCycles gpu;                  // GPU cycles
  BatchCycles memory;               // memory clock cycles
  BatchCycles launch;               // CPU cycles that run beside the accelerator
  BatchCycles host;                 // CPU cycles that hold the server before the accelerator starts
  BatchCycles prepare;              // CPU cycles of the preparing thread, beside the server
  double input_seconds = 0.0;       // per request, holds the server waiting for storage
  double sharpness = 4.0;           // p
  std::optional<GroupEntry> entry;  // absent: a group is in the queue once it is prepared
};
template <typename Visitor, FieldsOf<FittedTime> Config>
void visit(Visitor& field, Config& time) {
  field({"gpu", "", {}, "of the GPU's clock"}, time.gpu);
  field({"memory", "", {}, "of the memory's clock"}, time.memory);
  field({"launch", "", {}, "of the CPU, beside the accelerator"}, time.launch);
  field({"host", "", {}, "of the CPU, before the accelerator starts"}, time.host);
  field({"prepare", "", {}, "of the CPU, a thread of its own"}, time.prepare);
  field({"input_seconds", "s", at_least(0), "per request: waiting for storage"},
        time.input_seconds);
  field({"sharpness", "", within(1, 100), "the larger, the sharper the roofline's corner"},
        time.sharpness);
  field({"entry", "", {}, "how a group of requests gets into the queue"}, time.entry);
}

// What a clocked unit draws. Voltages are shares of the one at the highest frequency.
struct UnitPower {
  double highest_hz = 1e9;
  double full_watts = 0.0;      // switching at the highest frequency with full activity
  double lowest_voltage = 1.0;  // up to the knee, (0, 1]
  double knee = 0.0;            // share of highest_hz where the voltage begins to rise, [0, 1)
  double idle_activity = 0.0;   // share that switches while clocked and idle, [0, 1]
  double leakage_watts = 0.0;   // at the highest voltage
};
template <typename Visitor, FieldsOf<UnitPower> Config>
void visit(Visitor& field, Config& unit) {
  field({"highest_hz", "Hz", above(0), "of its table", Need::kRequired}, unit.highest_hz);
  field({"full_watts", "W", at_least(0), "switching at that frequency with full activity",
         Need::kRequired},
        unit.full_watts);
  field({"lowest_voltage", "", above_up_to(0, 1), "up to the knee, as a share of the highest"},
        unit.lowest_voltage);
  field({"knee", "", from_below(0, 1), "share of highest_hz where the voltage begins to rise"},
        unit.knee);
  field({"idle_activity", "", within(0, 1), "share that switches while clocked and idle"},
        unit.idle_activity);
  field({"leakage_watts", "W", at_least(0), "at the highest voltage"}, unit.leakage_watts);
}

struct FittedPower {
  double base_watts = 1.0;
  UnitPower cpu;  // all cores; activity in busy cores
  UnitPower gpu;
  UnitPower emc;
  double gpu_stalled = 0.3;  // share of the GPU's activity while it waits for memory or launches
  double cpu_waiting = 1.0;  // cores that wait busily during the accelerator part, [0, 1]
};
template <typename Visitor, FieldsOf<FittedPower> Config>
void visit(Visitor& field, Config& power) {
  field({"base_watts", "W", at_least(0), "what neither clock nor load moves", Need::kRequired},
        power.base_watts);
  field({"gpu_stalled", "", within(0, 1),
         "share of the GPU's activity while it waits for memory or launches"},
        power.gpu_stalled);
  field({"cpu_waiting", "cores", within(0, 1), "that wait busily while the accelerator works"},
        power.cpu_waiting);
  field({"cpu", "", {}, "all cores", Need::kRequired}, power.cpu);
  field({"gpu", "", {}, "the GPU", Need::kRequired}, power.gpu);
  field({"emc", "", {}, "the memory", Need::kRequired}, power.emc);
}

struct FittedParameters {
  FittedTime time;
  FittedPower power;
  Residual residual;
  // Where a knob was held that the measurements did not move; absent: it moved.
  std::optional<double> held_cpu_hz;
  std::optional<double> held_gpu_hz;
  std::optional<double> held_emc_hz;
  std::vector<RailMix> rails;  // in the order of the board's rails
};
// Without the residual, which files hold by columns (tools/config/fitted_config.h).
template <typename Visitor, FieldsOf<FittedParameters> Config>
void visit(Visitor& field, Config& parameters) {
  visit(field, parameters.time);
  field({"held_cpu_hz", "Hz", above(0), "where a knob never moved; it has no influence then"},
        parameters.held_cpu_hz);
  field({"held_gpu_hz", "Hz", above(0), "likewise"}, parameters.held_gpu_hz);
  field({"held_emc_hz", "Hz", above(0), "likewise"}, parameters.held_emc_hz);
  field({"power", "", {}, "what the board draws", Need::kRequired}, parameters.power);
  field({"rails", "", {}, "one entry per rail of the board, in the same order"}, parameters.rails);
}

// Throws std::invalid_argument naming the key at fault ("workload.gpu.per_request").
void validate(const FittedParameters& parameters, const Board& board);

// What the formulas say of a batch, without the residual. `requests` need not be whole.
BatchWork fitted_work(const FittedParameters& parameters, double requests,
                      const OperatingPoint& point);

// What the components draw; `powered`: the GPU is not railgated.
struct ComponentWatts {
  double base = 0.0;
  double cpu = 0.0;
  double gpu = 0.0;
  double emc = 0.0;
  double sum() const { return base + cpu + gpu + emc; }
};
enum class GpuSupply : std::uint8_t { kPowered, kRailgated };
ComponentWatts fitted_watts(const FittedParameters& parameters, const Activity& activity,
                            const OperatingPoint& point, GpuSupply supply);

class FittedModel final : public WorkModel {
 public:
  // Throws std::invalid_argument when board and parameters do not fit together.
  FittedModel(const Board& board, FittedParameters parameters);

  std::optional<std::size_t> piece_limit() const override;
  Preparation preparation(std::size_t group, std::size_t piece,
                          const OperatingPoint& point) const override;
  BatchWork batch_work(std::size_t requests, const OperatingPoint& point) const override;
  void rail_watts(const BoardState& state, std::span<double> watts) const override;

  const FittedParameters& parameters() const { return parameters_; }

 private:
  // exp(residual), tabulated over the board's frequencies and the measured batches.
  struct Factors {
    double seconds = 1.0;
    double watts = 1.0;
  };

  void tabulate(const Board& board);
  Factors factors(double requests, const OperatingPoint& point) const;
  OperatingPoint held(OperatingPoint point) const;
  OperatingPoint point_of(const BoardState& state) const;

  FittedParameters parameters_;
  std::vector<DomainKind> domains_;
  std::array<std::vector<double>, 4> axes_;  // by FitKnob: values of the table; one: no influence
  std::vector<Factors> table_;               // [cpu][gpu][emc][batch]
};

}  // namespace flyball
