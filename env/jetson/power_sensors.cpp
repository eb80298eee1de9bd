#include "env/jetson/power_sensors.h"

#include <fmt/format.h>

#include <algorithm>

#include "env/jetson/directory_scan.h"

namespace flyball {

namespace {

constexpr int kChannels = 3;
constexpr const char* kIioChips = "/sys/bus/i2c/drivers/ina3221x";
constexpr const char* kHwmonChips = "/sys/bus/i2c/drivers/ina3221";

}  // namespace

bool has_power_chip(const std::string& root) {
  const auto has = [&](const std::vector<std::string>& chips, const char* folder,
                       const char* name) {
    return std::ranges::any_of(chips, [&](const std::string& chip) {
      return !list_directory(chip + folder, name).empty();
    });
  };
  return has(list_directory(root + kIioChips), "", "iio:device") ||
         has(list_directory(root + kHwmonChips), "/hwmon", "hwmon");
}

PowerSensors::PowerSensors(const std::string& root, std::span<const std::string> rails)
    : channels_(rails.size()) {
  for (const std::string& chip : list_directory(root + kIioChips)) {
    for (const std::string& device : list_directory(chip, "iio:device")) {
      discover_iio(device, rails);
    }
  }
  for (const std::string& chip : list_directory(root + kHwmonChips)) {
    for (const std::string& device : list_directory(chip + "/hwmon", "hwmon")) {
      discover_hwmon(device, rails);
    }
  }
  const bool is_whole = std::ranges::all_of(channels_, &Channel::present);
  if (!is_whole) unreadable_.insert(unreadable_.end(), unnamed_.begin(), unnamed_.end());
}

std::string PowerSensors::label_of(const std::string& path, const std::string& value) {
  if (SysfsFile(path).exists()) return read_label(path, unreadable_);
  if (SysfsFile(value).exists()) unnamed_.push_back(path);
  return {};
}

void PowerSensors::discover_iio(const std::string& device, std::span<const std::string> rails) {
  for (int c = 0; c < kChannels; ++c) {
    const std::string power = fmt::format("{}/in_power{}_input", device, c);
    const auto rail =
        std::ranges::find(rails, label_of(fmt::format("{}/rail_name_{}", device, c), power));
    if (rail == rails.end()) continue;
    Channel& channel = channels_[static_cast<std::size_t>(rail - rails.begin())];
    channel.power = SysfsFile(power);
    channel.present = channel.is_power = true;
  }
}

void PowerSensors::discover_hwmon(const std::string& device, std::span<const std::string> rails) {
  if (label_of(device + "/name", device) != "ina3221") return;
  for (int c = 1; c <= kChannels; ++c) {
    const std::string volts = fmt::format("{}/in{}_input", device, c);
    const auto rail =
        std::ranges::find(rails, label_of(fmt::format("{}/in{}_label", device, c), volts));
    if (rail == rails.end()) continue;
    Channel& channel = channels_[static_cast<std::size_t>(rail - rails.begin())];
    channel.volts = SysfsFile(volts);
    channel.amperes = SysfsFile(fmt::format("{}/curr{}_input", device, c));
    channel.present = true;
  }
}

bool PowerSensors::any() const { return std::ranges::any_of(channels_, &Channel::present); }

FileError PowerSensors::read(Channel& channel, double& watts) noexcept {
  long long number = 0;
  if (channel.is_power) {
    const auto error = channel.power.read(number);
    watts = static_cast<double>(number) * 1e-3;  // mW
    return {error, channel.power.path().c_str()};
  }
  long long milliamperes = 0;
  if (const auto error = channel.volts.read(number)) return {error, channel.volts.path().c_str()};
  if (const auto error = channel.amperes.read(milliamperes)) {
    return {error, channel.amperes.path().c_str()};
  }
  watts = static_cast<double>(number) * static_cast<double>(milliamperes) * 1e-6;  // mV mA
  return {};
}

FileError PowerSensors::read(std::span<std::optional<double>> watts) noexcept {
  FileError first;
  for (std::size_t r = 0; r < channels_.size(); ++r) {
    watts[r].reset();
    if (!channels_[r].present) continue;
    double value = 0.0;
    const FileError error = read(channels_[r], value);
    if (!error) {
      watts[r] = value;
    } else if (!is_not_ready(error.code) && !first) {
      first = error;
    }
  }
  return first;
}

}  // namespace flyball
