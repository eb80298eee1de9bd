// The INA3221 rails in watts, in either form: iio (JetPack 4, milliwatts) or hwmon (JetPack 5 and
// 6, millivolts times milliamperes). Found by name and label, as device numbers vary from boot to
// boot. Not thread-safe; reading allocates nothing.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "env/jetson/file_error.h"
#include "env/jetson/sysfs_file.h"

namespace flyball {

class PowerSensors {
 public:
  // A rail without a sensor stays absent.
  PowerSensors(const std::string& root, std::span<const std::string> rails);

  bool any() const;
  // Label files that could not be read; their rails are absent.
  const std::vector<std::string>& unreadable() const { return unreadable_; }
  // One value per rail. A channel that is switched off (ENODATA) or not ready (EAGAIN) is absent
  // without being an error; another failure is absent too and the first one is returned.
  [[nodiscard]] FileError read(std::span<std::optional<double>> watts) noexcept;

 private:
  struct Channel {
    SysfsFile power;  // iio
    SysfsFile volts;  // hwmon
    SysfsFile amperes;
    bool present = false;
    bool is_power = false;
  };
  void discover_iio(const std::string& device, std::span<const std::string> rails);
  void discover_hwmon(const std::string& device, std::span<const std::string> rails);
  std::string label_of(const std::string& path);  // empty when there is none
  static FileError read(Channel& channel, double& watts) noexcept;

  std::vector<Channel> channels_;  // per rail
  std::vector<std::string> unreadable_;
};

}  // namespace flyball
