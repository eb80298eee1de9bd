// A second process that gives the clocks back when the guard cannot: it was killed, crashed, was
// stopped, or hangs. It is forked once every control is open and saved, holds the same descriptors
// and sees what was written last. The guard's beats are times in memory that both share, so they
// wake nobody: the watcher looks when one is overdue. If the watcher dies or is stopped, the kernel
// tells the guard, which asks within 2/7 of the patience. Not thread-safe.
#pragma once

#include <sys/types.h>

#include <atomic>

#include "env/jetson/board_controls.h"
#include "env/jetson/descriptor.h"

namespace flyball {

// So long is waited for a process that was killed, or told that it may end.
constexpr int kDyingMilliseconds = 100;

class Watcher {
 public:
  // Forks. Requires: the controls are lent, nothing was written yet, and this process has one
  // thread. Without a beat for `patience_seconds` the process that called this is killed and the
  // clocks are given back. Throws std::system_error.
  // `not_for_it`: a descriptor that the watcher closes, so that who holds its other end sees this
  // process end.
  Watcher(BoardControls& controls, double patience_seconds, int not_for_it);
  // Everything has been given back: nothing is left to watch.
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  // A sign of life: to be given at least every 3/7 of the patience, and costs next to nothing.
  // False: nobody watches any more, so governing must end. Allocates nothing.
  // `now_seconds`: of the monotonic clock.
  [[nodiscard]] bool beat(double now_seconds) noexcept;

 private:
  // In memory that both processes share: the time of each one's last sign of life.
  struct Signs {
    std::atomic<double> guard_seconds;
    std::atomic<double> watcher_seconds;
    static_assert(std::atomic<double>::is_always_lock_free);
  };
  [[noreturn]] void run(BoardControls& controls, int channel, int guard);
  bool watch(int channel, bool& hangs, FixedText& file) noexcept;
  bool is_watcher_well(double now_seconds) noexcept;

  double patience_seconds_;
  Signs* signs_ = nullptr;
  Descriptor channel_;
  pid_t process_ = -1;
  double looked_seconds_ = 0.0;  // whether the watcher is well
  double sign_seconds_ = 0.0;    // the watcher's last one that was seen
  double without_sign_seconds_ = 0.0;
};

}  // namespace flyball
