#include "env/jetson/thermal_zones.h"

#include <algorithm>

#include "env/jetson/board_files.h"
#include "env/jetson/directory_scan.h"
#include "env/jetson/kernel_units.h"

namespace flyball {

ThermalZones::ThermalZones(const std::string& root, std::span<const std::string> zones)
    : files_(zones.size()) {
  for (const std::string& zone : list_directory(root + "/sys/class/thermal", "thermal_zone")) {
    const std::string name = zone_name(read_label(zone + "/type", unreadable_));
    for (std::size_t z = 0; z < zones.size(); ++z) {
      if (zone_name(zones[z]) == name) files_[z] = SysfsFile(zone + "/temp");
    }
  }
}

bool ThermalZones::any() const {
  return std::ranges::any_of(files_, [](const auto& file) { return file.has_value(); });
}

FileError ThermalZones::read(std::span<std::optional<double>> celsius) noexcept {
  FileError first;
  for (std::size_t z = 0; z < files_.size(); ++z) {
    celsius[z].reset();
    if (!files_[z]) continue;
    long long millidegrees = 0;
    const std::error_code error = files_[z]->read(millidegrees);
    if (!error) {
      if (millidegrees > kOffMillidegrees) celsius[z] = static_cast<double>(millidegrees) * 1e-3;
    } else if (!is_not_ready(error) && !first) {
      first = {error, files_[z]->path().c_str()};
    }
  }
  return first;
}

}  // namespace flyball
