#include "env/jetson/frequency_limits.h"

#include <algorithm>
#include <cmath>

#include "env/jetson/jetson_error.h"

namespace flyball {

FrequencyLimits::FrequencyLimits(const std::string& min_path, const std::string& max_path,
                                 double unit_hz)
    : min_(min_path), max_(max_path), unit_hz_(unit_hz) {}

std::error_code FrequencyLimits::read_raw(long long& low, long long& high) noexcept {
  if (const auto error = min_.read(low)) return error;
  return max_.read(high);
}

std::error_code FrequencyLimits::read(FrequencyRange& range) noexcept {
  long long low = 0;
  long long high = 0;
  if (const auto error = read_raw(low, high)) return error;
  range = {static_cast<double>(std::min(low, high)) * unit_hz_,
           static_cast<double>(high) * unit_hz_};
  return {};
}

std::error_code FrequencyLimits::write_raw(long long low, long long high) noexcept {
  if (const auto error = write_limits(min_, max_, low, high)) return error;
  long long low_taken = 0;
  long long high_taken = 0;
  if (const auto error = read_raw(low_taken, high_taken)) return error;
  const bool taken = low_taken == low && high_taken == high;
  return taken ? std::error_code{} : JetsonError::kNotTaken;
}

std::error_code FrequencyLimits::set(FrequencyRange range) noexcept {
  const long long low = std::llround(range.floor_hz / unit_hz_);
  const long long high = std::llround(range.ceiling_hz / unit_hz_);
  long long former_low = 0;
  long long former_high = 0;
  if (const auto error = read_raw(former_low, former_high)) return error;
  if (low == former_low && high == former_high) return {};
  const std::error_code error = write_raw(low, high);
  if (error) {
    // The first error is the one to report; whether this one succeeds shows in the next telemetry.
    static_cast<void>(write_raw(former_low, former_high));
  }
  return error;
}

BackupRecord FrequencyLimits::save(const std::string& root) {
  BackupRecord record{relative_path(min_.path(), root), 0, relative_path(max_.path(), root), 0};
  if (const auto error = min_.read(record.value)) throw std::system_error(error, min_.path());
  if (const auto error = max_.read(record.max_value)) throw std::system_error(error, max_.path());
  return record;
}

std::error_code write_limits(SysfsFile& min_file, SysfsFile& max_file, long long low,
                             long long high) noexcept {
  long long low_now = 0;
  long long high_now = 0;
  if (const auto error = min_file.read(low_now)) return error;
  if (const auto error = max_file.read(high_now)) return error;
  const bool raises = high >= high_now;
  if (raises && high != high_now) {
    if (const auto error = max_file.write(high)) return error;
  }
  if (low != low_now) {
    if (const auto error = min_file.write(low)) return error;
  }
  if (!raises) return max_file.write(high);
  return {};
}

std::string relative_path(const std::string& path, const std::string& root) {
  std::string relative = path.substr(root.size());
  while (!relative.empty() && relative.front() == '/') relative.erase(0, 1);
  return relative;
}

}  // namespace flyball
