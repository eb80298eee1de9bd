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

// Whether a chip that measures power has its files; which of them name a rail is not looked at.
bool has_power_chip(const std::string& root);

class PowerSensors {
 public:
  // A rail without a sensor stays absent.
  PowerSensors(const std::string& root, std::span<const std::string> rails);

  bool any() const;
  // Label files that could not be read, are empty or, where a rail is missing, are not there though
  // the channel is; their rails are absent.
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
  // Empty when there is none. `value`: a file of the channel that is named.
  std::string label_of(const std::string& path, const std::string& value);
  static FileError read(Channel& channel, double& watts) noexcept;

  std::vector<Channel> channels_;  // per rail
  std::vector<std::string> unreadable_;
  std::vector<std::string> unnamed_;  // label files that are not there, of channels that are
};

}  // namespace flyball
