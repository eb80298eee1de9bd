#include "controllers/evaluation/slow_power.h"

namespace flyball {

std::error_code SlowPower::read(Telemetry& telemetry) noexcept {
  const std::error_code error = plant_.read(telemetry);
  if (power_seconds_ <= 0.0) return error;
  const double now = telemetry.time_seconds;
  if (!read_seconds_ || now - *read_seconds_ >= power_seconds_ * (1.0 - 1e-9)) {
    read_seconds_ = now;
    rail_watts_ = telemetry.rail_watts;
    total_watts_ = telemetry.total_watts;
  } else {
    telemetry.rail_watts = rail_watts_;
    telemetry.total_watts = total_watts_;
  }
  return error;
}

}  // namespace flyball
