// Everything that a simulated board needs to know. Values; validated when a SimPlant is made.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "env/board.h"
#include "env/config/bounds.h"
#include "env/config/fields.h"
#include "env/delays.h"
#include "env/governor.h"
#include "env/model/work_model.h"
#include "env/module_power.h"
#include "env/offload/offload_work.h"
#include "env/sim/application_config.h"

namespace flyball {

class EngineWatcher;

// A group of requests that arrive together, each with the same limit on its latency.
struct Arrival {
  double time_seconds = 0.0;
  std::size_t requests = 1;
  std::optional<double> limit_seconds;
};

// `batch` requests are outstanding until `requests` are done: each one served is replaced at once.
struct ClosedLoop {
  std::uint64_t requests = 0;
  std::size_t batch = 1;
  std::optional<double> limit_seconds;
};
template <typename Visitor, FieldsOf<ClosedLoop> Config>
void visit(Visitor& field, Config& loop) {
  field({"requests", "", requests_range(), "until the run is over", Need::kRequired},
        loop.requests);
  field({"batch", "requests", batch_range(), "outstanding all the time", Need::kRequired},
        loop.batch);
}

using Arrivals = std::variant<ClosedLoop, std::vector<Arrival>>;

// Makes the resident of a domain; a null pointer leaves the domain at its requested frequency.
using ResidentFactory = std::function<std::unique_ptr<Governor>(const Domain&)>;

// INA3221: a first-order filter, then steps of voltage and current.
struct SensorConfig {
  double time_constant_seconds = kSensorLagSeconds;
  double supply_volts = 5.0;
  double volt_step = 0.008;
  double ampere_step = 0.008;
  double noise_watts = 0.0;  // standard deviation of a reading, before the steps
};
template <typename Visitor, FieldsOf<SensorConfig> Config>
void visit(Visitor& field, Config& sensor) {
  field({"time_constant_seconds", "s", at_least(0), "of the INA3221's averaging"},
        sensor.time_constant_seconds);
  field({"supply_volts", "V", above(0), "of the rails"}, sensor.supply_volts);
  field({"volt_step", "V", at_least(0), "of a reading"}, sensor.volt_step);
  field({"ampere_step", "A", at_least(0), "of a reading"}, sensor.ampere_step);
  field({"noise_watts", "W", at_least(0), "standard deviation of a reading, before the steps"},
        sensor.noise_watts);
}

// The ambient temperature from `time_seconds` on.
struct AmbientStep {
  double time_seconds = 0.0;
  double celsius = 25.0;
};
constexpr Range ambient_range() { return within(-40, 85); }
template <typename Visitor, FieldsOf<AmbientStep> Config>
void visit(Visitor& field, Config& step) {
  field({"time_seconds", "s", seconds_range(), "from then on; ascending", Need::kRequired},
        step.time_seconds);
  field({"celsius", "C", ambient_range(), "the ambient temperature", Need::kRequired},
        step.celsius);
}

// A fan runs at the pwm of the highest step reached, and leaves a step `hysteresis_kelvin` below
// it.
struct FanStep {
  double celsius = 50.0;
  double pwm = 255.0;  // [0, 255]
  double hysteresis_kelvin = 5.0;
};
template <typename Visitor, FieldsOf<FanStep> Config>
void visit(Visitor& field, Config& step) {
  field({"celsius", "C", {}, "where it begins; ascending", Need::kRequired}, step.celsius);
  field({"pwm", "", within(0, 255), "of the fan; ascending", Need::kRequired}, step.pwm);
  field({"hysteresis_kelvin", "K", at_least(0), "it is left so far below"}, step.hysteresis_kelvin);
}

// The fan on the heat sink. Its air adds to the sink's conductance in proportion to the pwm; its
// power goes with the cube of it.
struct FanConfig {
  std::vector<FanStep> steps;     // ascending in both; empty: no fan
  double poll_seconds = 2.0;      // nvfancontrol's
  double full_watts = 0.0;        // at pwm 255, drawn with the base
  double full_conductance = 1.0;  // sink to ambient at pwm 255, relative to the still fan
};
template <typename Visitor, FieldsOf<FanConfig> Config>
void visit(Visitor& field, Config& fan) {
  field({"full_watts", "W", at_least(0), "what it draws at pwm 255"}, fan.full_watts);
  field({"full_conductance", "", at_least(1),
         "sink to ambient at pwm 255, relative to the still fan"},
        fan.full_conductance);
  field({"poll_seconds", "s", period_range(), "how often it is set"}, fan.poll_seconds);
  field({"steps", "", {}, "the highest step reached counts; none: no fan"}, fan.steps);
}

// Junction - heat sink - ambient; every zone shows the junction. Without a resistance between the
// two the module is one stage.
struct ThermalConfig {
  double ambient_celsius = 25.0;
  std::vector<AmbientStep> ambient_steps;       // ascending in time
  double kelvin_per_watt = 2.0;                 // sink to ambient, fan still
  double time_constant_seconds = 120.0;         // of the sink, fan still
  double junction_kelvin_per_watt = 0.0;        // junction to sink
  double junction_time_constant_seconds = 2.0;  // of the junction against the sink
  double poll_seconds = 1.0;       // how often throttling looks, as passive polling does
  double hysteresis_kelvin = 2.0;  // below the passive trip before a cap is lifted again
  FanConfig fan;
};
// Without the ambient temperature, which is the scenario's.
template <typename Visitor, FieldsOf<ThermalConfig> Config>
void visit(Visitor& field, Config& thermal) {
  field({"kelvin_per_watt", "K/W", at_least(0), "heat sink to ambient, fan still"},
        thermal.kelvin_per_watt);
  field({"time_constant_seconds", "s", above(0), "of the sink, fan still"},
        thermal.time_constant_seconds);
  field({"junction_kelvin_per_watt", "K/W", at_least(0),
         "junction to heat sink; 0: one stage for the module"},
        thermal.junction_kelvin_per_watt);
  field({"junction_time_constant_seconds", "s", above(0), "of the junction against the sink"},
        thermal.junction_time_constant_seconds);
  field({"poll_seconds", "s", period_range(), "how often throttling looks"}, thermal.poll_seconds);
  field({"hysteresis_kelvin", "K", at_least(0), "how far below the passive trip it lets go"},
        thermal.hysteresis_kelvin);
  field({"fan", "", {}, "on the heat sink"}, thermal.fan);
}

// How a mode's power budget (PowerMode::budget_watts) holds the clocks down. The averaging is the
// INA3221's, whose alert Orin's OC2 is; the rest is assumed.
struct PowerBudgetConfig {
  enum class Throttling : std::uint8_t {
    kLevels,   // each rung takes one level off the CPUs' and the GPU's top
    kHalving,  // one rung: half of the highest frequency that the mode allows
  };
  Throttling throttling = Throttling::kLevels;
  double time_constant_seconds = kSensorLagSeconds;  // of the averaged power
  double step_seconds = 0.4;      // a step down holds; between two steps the same way
  double hysteresis_watts = 0.5;  // below the budget before a step back
};
constexpr auto words(PowerBudgetConfig::Throttling) {
  return std::array{Word{"levels", PowerBudgetConfig::Throttling::kLevels},
                    Word{"halving", PowerBudgetConfig::Throttling::kHalving}};
}
template <typename Visitor, FieldsOf<PowerBudgetConfig> Config>
void visit(Visitor& field, Config& budget) {
  field({"throttling",
         "",
         {},
         "levels: step by step one level off CPU and GPU; halving: half of the mode's highest "
         "clocks, as Orin's OC2"},
        budget.throttling);
  field({"time_constant_seconds", "s", above(0), "of the averaged power, the INA3221's"},
        budget.time_constant_seconds);
  field({"step_seconds", "s", period_range(),
         "how long a step down holds at least, and between two steps the same way"},
        budget.step_seconds);
  field({"hysteresis_watts", "W", at_least(0), "how far below the budget a step is given back"},
        budget.hysteresis_watts);
}

// When a deferrable timer fires.
enum class DeferrableRule : std::uint8_t {
  kAwake,    // while a CPU or the GPU is busy; one that stalled fires as soon as something wakes
  kGpuBusy,  // at ticks of its own grid at which the GPU is busy; its load window is one period
};

// When a request of a group counts as served.
enum class Completion : std::uint8_t {
  kEachRequest,  // when its own batch is done
  kWholeGroup,   // when the last request of its group is done, as servers answer a group at once
};

// What the server takes when it is free.
enum class Batching : std::uint8_t {
  kWorkConserving,  // what waits, up to the ceiling
  kByPiece,         // one piece of one group, up to the ceiling: the sender made the batches
};

// The accelerator taken by something else (a server tuning itself): from `time_seconds`, or when
// the batch in service then has ended.
struct Occupation {
  double time_seconds = 0.0;
  double seconds = 0.0;
  double watts = 0.0;  // of the whole module meanwhile
};

// How long clocks take to change, where it was measured; absent: the domains' actuation_seconds.
struct ActuationDelays {
  std::optional<Delays> cpu;
  std::optional<Delays> gpu;
  std::optional<Delays> emc;
  // Of changes that begin in the lower half of the clock's table; absent: as above.
  std::optional<Delays> low_cpu;
  std::optional<Delays> low_gpu;
  std::optional<Delays> low_emc;

  const std::optional<Delays>& of(DomainKind kind) const {
    return kind == DomainKind::kCpu ? cpu : kind == DomainKind::kGpu ? gpu : emc;
  }
  const std::optional<Delays>& low_of(DomainKind kind) const {
    return kind == DomainKind::kCpu ? low_cpu : kind == DomainKind::kGpu ? low_gpu : low_emc;
  }
  bool is_drawn() const { return cpu || gpu || emc || low_cpu || low_gpu || low_emc; }
};

struct SimConfig {
  Board board;
  PowerMode mode;
  std::optional<double> cpu_floor_hz;     // replaces the mode's own
  std::shared_ptr<const WorkModel> work;  // shared: constant, and the same for many plants
  Arrivals arrivals;
  std::vector<double> batch_levels;      // ascending; empty: no batch knob
  std::optional<double> default_batch;   // ceiling while nobody leases it; absent: highest or none
  std::optional<OffloadConfig> offload;  // absent: nothing is ever sent
  std::vector<double> offload_levels;    // ascending shares; empty: no offload knob
  std::vector<double> fine_tuning_levels = {};  // ascending, of 0, 1, 2; empty: no fine_tuning knob
  Completion completion = Completion::kEachRequest;
  Batching batching = Batching::kWorkConserving;
  ResidentFactory residents;  // empty: no residents
  DeferrableRule deferrable = DeferrableRule::kAwake;
  double resident_phase_seconds = 0.0;  // of the residents' first tick
  SensorConfig sensor;
  ThermalConfig thermal;
  PowerBudgetConfig power_budget;                // counts in modes that have a budget
  ActuationDelays actuation;                     // of every change, residents' and leases'
  std::optional<double> railgate_seconds = 0.5;  // idle time before railgating; absent: never
  std::vector<Occupation> occupations;           // ascending in time
  std::optional<LoadWork> load;                  // absent: the model is in memory at the start
  WorkMix mix;                                   // with phases, `work` is only where none is meant
  std::optional<FineTuning> fine_tuning;         // absent: inference has the accelerator alone
  std::vector<CpuProcess> processes;             // that take CPU time from the application
  std::optional<FirstUse> first_use;             // absent: the server knows every batch size
  double service_noise = 0.0;  // standard deviation of the logarithm of a batch's seconds
  std::uint64_t seed = 0;
  EngineWatcher* watcher = nullptr;  // sees every change; must outlive the simulation; may be null
};

// Throws std::invalid_argument naming the key at fault.
void validate(const SimConfig& config);

}  // namespace flyball
