// A second process that gives the clocks back when the guard cannot: it was killed, crashed, was
// stopped, or hangs. It is forked once every control is open and saved, holds the same descriptors
// and sees what was written last. If it dies itself, the guard notices at its next beat. Not
// thread-safe.
#pragma once

#include <sys/types.h>

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

  // To be called at least twice within the patience. False: nobody watches any more, so governing
  // must end. Allocates nothing.
  [[nodiscard]] bool beat(double now_seconds) noexcept;
  // By what the last beat knew: the watcher has not answered within the patience.
  bool is_late(double now_seconds) const noexcept;

 private:
  Descriptor channel_;
  pid_t process_ = -1;
  double patience_seconds_;
  double last_alive_seconds_ = -1.0;
  double asked_seconds_ = 0.0;
  bool is_asked_ = false;  // and has not answered yet
};

}  // namespace flyball
