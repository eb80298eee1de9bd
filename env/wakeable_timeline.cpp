#include "env/wakeable_timeline.h"

#include <poll.h>
#include <time.h>

#include <cmath>

namespace flyball {

void WakeableTimeline::sleep_until(double time_seconds) {
  if (!descriptor_) return steady_.sleep_until(time_seconds);
  const double remaining = time_seconds - now_seconds();
  if (remaining <= 0.0) return;
  const double whole = std::floor(remaining);
  const timespec timeout = {static_cast<time_t>(whole),
                            static_cast<long>((remaining - whole) * 1e9)};
  pollfd waiting = {*descriptor_, POLLIN, 0};
  ppoll(&waiting, 1, &timeout, nullptr);
}

}  // namespace flyball
