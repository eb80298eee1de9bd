// The facts of a board: domains, knobs, rails, thermal zones, power modes. Constant after loading;
// read from configs/boards by tools/ (units there: hertz, seconds, degrees Celsius).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "env/config/bounds.h"
#include "env/config/fields.h"
#include "env/knob.h"
#include "env/plant.h"

namespace flyball {

// An nvpmodel mode: limits on what runs. Absent means unlimited.
struct PowerMode {
  int id = 0;
  std::string name;
  int cpus_online = 1;
  std::optional<double> cpu_min_hz;
  std::optional<double> cpu_max_hz;
  std::optional<double> gpu_min_hz;
  std::optional<double> gpu_max_hz;
  std::optional<double> emc_max_hz;
  std::optional<double> budget_watts = {};  // of the module, averaged; clocks are capped above
};
template <typename Visitor, FieldsOf<PowerMode> Config>
void visit(Visitor& field, Config& mode) {
  field({"id", "", {}, "as nvpmodel -q shows it", Need::kRequired}, mode.id);
  field({"name", "", {}, "as nvpmodel -q shows it", Need::kRequired}, mode.name);
  field({"cpus_online", "", cpus_range(), "CPUs that are switched on", Need::kRequired},
        mode.cpus_online);
  field({"cpu_min_hz", "Hz", above(0), "floor of the CPUs; the nearest table entry counts"},
        mode.cpu_min_hz);
  field({"cpu_max_hz", "Hz", above(0), "ceiling of the CPUs, likewise"}, mode.cpu_max_hz);
  field({"gpu_min_hz", "Hz", above(0), "floor of the GPU"}, mode.gpu_min_hz);
  field({"gpu_max_hz", "Hz", above(0), "ceiling of the GPU"}, mode.gpu_max_hz);
  field({"emc_max_hz", "Hz", above(0), "ceiling of the memory clock"}, mode.emc_max_hz);
  field({"budget_watts", "W", above(0),
         "the module's averaged power above which clocks are held down (simulation only)"},
        mode.budget_watts);
}

struct ThermalZone {
  std::string name;
  std::optional<double> passive_celsius;  // throttles above
  std::optional<double> critical_celsius;
};
template <typename Visitor, FieldsOf<ThermalZone> Config>
void visit(Visitor& field, Config& zone) {
  field({"name",
         "",
         {},
         "lower case, without the kernel's suffix (\"CPU-therm\" is \"cpu\")",
         Need::kRequired},
        zone.name);
  field({"passive_celsius", "C", {}, "throttles above; absent: never"}, zone.passive_celsius);
  field({"critical_celsius", "C", {}, "shuts down above"}, zone.critical_celsius);
}

struct Board {
  std::string id;     // "xavier-nx-8gb"
  std::string title;  // "Jetson Xavier NX 8GB"
  std::string soc;    // "t194"
  int cpus = 1;
  std::vector<Domain> domains;  // CPU policies first, then gpu, then emc
  std::vector<Knob> knobs;      // cpu (all policies ganged), gpu, emc
  std::vector<std::string> rails;
  // The rails whose sum is the module's power: one that measures the whole, or some of which none
  // is drawn from another. In ascending order.
  std::vector<std::size_t> module_rails;
  std::vector<ThermalZone> zones;
  std::vector<PowerMode> modes;
  int default_mode = 0;
  std::string cpu_governor;  // the residents the board ships with, by their kernel names
  std::string gpu_governor;
  std::string emc_governor;
};

// Throws std::invalid_argument naming the key path at fault.
void validate(const Board& board);

// Throws std::invalid_argument naming the modes that exist.
const PowerMode& find_mode(const Board& board, int id);

// Domain limits of a mode as levels: what it names is snapped to the nearest table entry, as the
// kernel does. `cpu_floor_hz`, where given, replaces the mode's own CPU floor.
LevelRange domain_limits(const Domain& domain, const PowerMode& mode,
                         std::optional<double> cpu_floor_hz);

// The board's part of a plant's description (has_application = false).
PlantDescription describe(const Board& board, const PowerMode& mode,
                          std::optional<double> cpu_floor_hz);

}  // namespace flyball
