#include "tools/guard/kill_timer.h"

#include <signal.h>

#include <cerrno>
#include <cmath>
#include <system_error>

namespace flyball {

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
  itimerspec after{};
  after.it_value.tv_sec = static_cast<time_t>(seconds);
  after.it_value.tv_nsec = std::lround((seconds - std::floor(seconds)) * 999'999'999.0);
  timer_settime(timer_, 0, &after, nullptr);
}

}  // namespace flyball
