// The load of a devfreq device since its governor last asked, in the integers of the kernel. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <optional>

#include "env/telemetry.h"

namespace flyball {

struct DevfreqLoad {
  std::int64_t busy_us = 0;
  std::int64_t total_us = 0;  // > 0
  std::int64_t permille() const { return 1000 * busy_us / total_us; }
};

class DevfreqLoadSampler {
 public:
  // The load window that the host shows as the device's utilization, which leaves out time for
  // which polling was stalled; without that since the last call. Absent at first, and where no time
  // has passed. Requires: busy_seconds.
  std::optional<DevfreqLoad> take(const DomainTelemetry& shown, double time_seconds);

 private:
  std::optional<double> last_time_seconds_;
  double last_busy_seconds_ = 0.0;
};

}  // namespace flyball
