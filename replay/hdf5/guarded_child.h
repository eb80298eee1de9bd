// Work on input that nobody vouches for, done in a child process with limits: a crash, a hang or a
// hunger for memory ends the child alone. What the work writes comes back through a pipe.
//
// The child is a fork and runs no other program. That is sound while other threads of this process
// run, as long as the work takes no lock that one of them may hold: it may use memory, C++ and what
// no other thread is in. One thread at a time for each object.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace flyball {

struct ChildLimits {
  std::uint32_t cpu_seconds = 10;  // of silence on the pipe: four times as many
  std::uint64_t memory_bytes = std::uint64_t{1} << 30;  // beyond what this process has mapped
};

// Asked about every 50 ms; false stops. Empty: never asked.
using KeepGoing = std::function<bool()>;

class GuardedChild {
 public:
  // Begins the child, which runs `work` with the pipe's end to write to, and ends. It has no other
  // open file and no terminal. An exception that leaves `work` counts as a crash. Throws
  // std::system_error.
  GuardedChild(const ChildLimits& limits, const std::function<void(int descriptor)>& work,
               KeepGoing keep_going);
  // Ends the child if it still runs.
  ~GuardedChild();
  GuardedChild(const GuardedChild&) = delete;
  GuardedChild& operator=(const GuardedChild&) = delete;

  // The next `size` bytes that the work wrote. Throws DataError with the reason where there are
  // fewer ("crashed (SIGSEGV)"), Interrupted where `keep_going` says no.
  void read(void* to, std::size_t size);

 private:
  void fill();
  void wait_for_bytes();
  [[noreturn]] void fail_as_ended();

  ChildLimits limits_;
  KeepGoing keep_going_;
  pid_t pid_ = -1;
  int pipe_ = -1;
  std::uint64_t received_ = 0;
  std::string buffer_;
  std::size_t used_ = 0;  // of the buffer
};

}  // namespace flyball
