// The facts of a board: domains, knobs, rails, thermal zones, power modes. Constant after loading;
// read from configs/boards by tools/ (units there: hertz, seconds, degrees Celsius).
#pragma once

#include <optional>
#include <string>
#include <vector>

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

struct ThermalZone {
  std::string name;
  std::optional<double> passive_celsius;  // throttles above
  std::optional<double> critical_celsius;
};

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
