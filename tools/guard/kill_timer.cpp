#include "tools/guard/kill_timer.h"

#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <system_error>

namespace flyball {

namespace {

constexpr double kLongestSeconds = 1e9;

}  // namespace

KillTimer::KillTimer() {
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGKILL;
  if (timer_create(CLOCK_MONOTONIC, &event, &timer_) != 0) {
    throw std::system_error(errno, std::generic_category(), "a timer against hanging");
  }
}

KillTimer::~KillTimer() { timer_delete(timer_); }

void KillTimer::set(double seconds) noexcept {
  // The kernel takes 0 for never and refuses what is below: no time left is a nanosecond.
  const double whole = std::floor(std::clamp(seconds, 0.0, kLongestSeconds));
  const double part = std::clamp(seconds - whole, 0.0, 1.0);
  itimerspec after{};
  after.it_value.tv_sec = static_cast<time_t>(whole);
  after.it_value.tv_nsec = std::lround(part * 999'999'999.0);
  if (whole == 0.0) after.it_value.tv_nsec = std::max(after.it_value.tv_nsec, 1L);
  timer_settime(timer_, 0, &after, nullptr);
}

}  // namespace flyball
