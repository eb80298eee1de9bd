#include "controllers/devfreq_load.h"

#include <algorithm>
#include <cmath>

namespace flyball {

namespace {

std::int64_t microseconds(double seconds) { return std::llround(seconds * 1e6); }

}  // namespace

std::optional<DevfreqLoad> DevfreqLoadSampler::take(const DomainTelemetry& shown,
                                                    double time_seconds) {
  const std::optional<double> begin = last_time_seconds_;
  const double busy_before = last_busy_seconds_;
  last_time_seconds_ = time_seconds;
  last_busy_seconds_ = *shown.busy_seconds;
  if (shown.utilization) return DevfreqLoad{microseconds(*shown.utilization), microseconds(1.0)};
  if (!begin) return std::nullopt;
  const std::int64_t total_us = microseconds(time_seconds - *begin);
  if (total_us <= 0) return std::nullopt;
  const std::int64_t busy_us = microseconds(*shown.busy_seconds - busy_before);
  return DevfreqLoad{std::clamp(busy_us, std::int64_t{0}, total_us), total_us};
}

}  // namespace flyball
