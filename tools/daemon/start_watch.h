// Says which file the start waits for. Whoever hangs in a file cannot say so itself, so a process
// of its own looks (tools/guard/waited_file.h), as long as this object lives. It ends nobody: a
// KillTimer does. Not thread-safe.
#pragma once

#include <sys/types.h>

#include "env/jetson/descriptor.h"

namespace flyball {

class StartWatch {
 public:
  // Forks. Requires: this process has one thread. After `patience_seconds` it tells what is waited
  // for, on stderr, and once more a little before `limit_seconds`. Without another process nothing
  // is told.
  StartWatch(double patience_seconds, double limit_seconds);
  ~StartWatch();  // the start is over
  StartWatch(const StartWatch&) = delete;
  StartWatch& operator=(const StartWatch&) = delete;

 private:
  Descriptor over_;  // who gives up its rights may not send a signal, but may write here
  pid_t process_ = -1;
};

}  // namespace flyball
