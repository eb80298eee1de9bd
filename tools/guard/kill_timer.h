// The kernel ends this process when it has not said in time that it goes on: a read of a file that
// never returns leaves it no other way. Not inherited by children. Not thread-safe.
#pragma once

#include <time.h>

namespace flyball {

class KillTimer {
 public:
  KillTimer();  // not running; throws std::system_error
  ~KillTimer();
  KillTimer(const KillTimer&) = delete;
  KillTimer& operator=(const KillTimer&) = delete;

  // SIGKILL comes after `seconds`, unless this is called again before; at once where there are
  // none left.
  void set(double seconds) noexcept;

 private:
  timer_t timer_{};
};

}  // namespace flyball
