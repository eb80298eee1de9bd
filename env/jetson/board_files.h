// What a board's file tree looks like under one JetPack, where the paths cannot be discovered: what
// the emulator shows. JetsonPlant itself finds everything it needs under its root. Values, read
// from the [[files]] tables of configs/boards by tools/.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "env/board.h"
#include "env/config/fields.h"

namespace flyball {

// How the memory clock is locked: T210's override clock (Nano), the BPMP's debug file, or that with
// the bandwidth manager halted first (JetPack 6).
enum class EmcInterface { kT210, kBpmp, kBpmpHalt };
constexpr auto words(EmcInterface) {
  return std::array{Word{"t210", EmcInterface::kT210}, Word{"bpmp", EmcInterface::kBpmp},
                    Word{"bpmp_halt", EmcInterface::kBpmpHalt}};
}

// How an INA3221 shows its channels: milliwatts (JetPack 4) or millivolts and milliamperes.
enum class SensorInterface { kIio, kHwmon };
constexpr auto words(SensorInterface) {
  return std::array{Word{"iio", SensorInterface::kIio}, Word{"hwmon", SensorInterface::kHwmon}};
}

struct SensorFiles {
  SensorInterface api = SensorInterface::kHwmon;
  std::string address;              // "7-0040": I2C bus and address
  std::vector<std::string> labels;  // of the three channels; "NC": not connected
};
template <typename Visitor, FieldsOf<SensorFiles> Config>
void visit(Visitor& field, Config& sensor) {
  field({"api", "", {}, "iio on JetPack 4, else hwmon", Need::kRequired}, sensor.api);
  field({"address", "", {}, "I2C bus and address, \"7-0040\"", Need::kRequired}, sensor.address);
  field({"labels",
         "",
         {},
         "the three channels, \"NC\" for one that is not connected",
         Need::kRequired},
        sensor.labels);
}

struct BoardFiles {
  int jetpack = 5;
  std::string gpu_device;  // "/sys/devices/17000000.gv11b": load, railgate_enable, devfreq/...
  std::string gpu_alias;   // a symbolic link to it, "/sys/devices/gpu.0"; empty: none
  std::vector<std::string> gpu_governors;  // available_governors
  std::vector<std::string> cpu_governors;  // scaling_available_governors
  std::string scaling_driver;
  EmcInterface emc = EmcInterface::kBpmp;
  std::string emc_cap;             // "/sys/kernel/nvpmodel_emc_cap/emc_iso_cap"
  std::string emc_utilization;     // "/sys/kernel/actmon_avg_activity/mc_all"
  std::vector<std::string> zones;  // type of thermal_zone0, thermal_zone1, ...
  std::vector<SensorFiles> sensors;
};
template <typename Visitor, FieldsOf<BoardFiles> Config>
void visit(Visitor& field, Config& files) {
  field({"jetpack", "", {}, "4, 5 or 6", Need::kRequired}, files.jetpack);
  field({"gpu_device",
         "",
         {},
         "folder of the GPU's device: load, railgating, devfreq",
         Need::kRequired},
        files.gpu_device);
  field({"gpu_alias", "", {}, "a symbolic link to it; absent: none"}, files.gpu_alias);
  field({"gpu_governors", "", {}, "what available_governors shows", Need::kRequired},
        files.gpu_governors);
  field({"cpu_governors", "", {}, "what scaling_available_governors shows", Need::kRequired},
        files.cpu_governors);
  field({"scaling_driver", "", {}, "what the file of that name shows", Need::kRequired},
        files.scaling_driver);
  field({"emc",
         "",
         {},
         "how the memory clock is locked; bpmp_halt: with the bandwidth manager halted first",
         Need::kRequired},
        files.emc);
  field({"emc_cap", "", {}, "file of the memory clock's cap", Need::kRequired}, files.emc_cap);
  field({"emc_utilization", "", {}, "file of the memory's load", Need::kRequired},
        files.emc_utilization);
  field({"zones", "", {}, "type of thermal_zone0, thermal_zone1, ...", Need::kRequired},
        files.zones);
  field({"sensors", "", {}, "the INA3221s"}, files.sensors);
}

// Throws std::invalid_argument naming the key path at fault ("files[0].sensors[1].labels").
void validate(const std::vector<BoardFiles>& files, const Board& board);

// Throws std::invalid_argument naming the JetPacks that exist.
const BoardFiles& find_files(const std::vector<BoardFiles>& files, int jetpack);

// A zone's type without what varies between JetPacks: "CPU-therm" and "cpu-thermal" are "cpu",
// "Tboard_tegra" is "tboard", "PMIC-Die" is "pmic".
std::string zone_name(const std::string& type);

}  // namespace flyball
