#include "env/timeline.h"

#include <time.h>

#include <cmath>

namespace flyball {

double SteadyTimeline::now_seconds() const noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

void SteadyTimeline::sleep_until(double time_seconds) {
  const double whole = std::floor(time_seconds);
  timespec until{};
  until.tv_sec = static_cast<time_t>(whole);
  until.tv_nsec = static_cast<long>((time_seconds - whole) * 1e9);
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
}

}  // namespace flyball
