// The thermal zones in degrees Celsius, found by type. Not thread-safe; reading allocates nothing.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "env/jetson/file_error.h"
#include "env/jetson/sysfs_file.h"

namespace flyball {

class ThermalZones {
 public:
  // `zones`: types in any JetPack's spelling (see zone_name()); one that is not there stays absent.
  ThermalZones(const std::string& root, std::span<const std::string> zones);

  bool any() const;
  // Type files that could not be read; their zones are absent.
  const std::vector<std::string>& unreadable() const { return unreadable_; }
  // One value per zone. A zone that is off (-256 degrees on JetPack 5, EAGAIN on 6) is absent
  // without being an error; another failure is absent too and the first one is returned.
  [[nodiscard]] FileError read(std::span<std::optional<double>> celsius) noexcept;

 private:
  std::vector<std::optional<SysfsFile>> files_;  // per zone
  std::vector<std::string> unreadable_;
};

}  // namespace flyball
