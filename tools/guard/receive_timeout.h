// For how long recv() on a socket waits. A wait that is bounded by the socket itself is one system
// call; with a poll() before it there are two. Not thread-safe; allocates nothing.
#pragma once

#include <sys/socket.h>
#include <sys/time.h>

#include <cmath>
#include <optional>

namespace flyball {

class ReceiveTimeout {
 public:
  // `socket` is the caller's, and its timeout nobody else's.
  explicit ReceiveTimeout(int socket) : socket_(socket) {}

  // From now on; asks the kernel only where it is another. Requires: 0 < seconds. At the end recv()
  // fails with EAGAIN. The kernel's own granularity is a tick of its timer, and late by an eighth
  // at most.
  void set(double seconds) noexcept {
    if (seconds == seconds_) return;
    const double whole = std::floor(seconds);
    const auto microseconds = static_cast<suseconds_t>(std::ceil((seconds - whole) * 999'999.0));
    const timeval time{static_cast<time_t>(whole), microseconds};
    const bool is_set = setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time) == 0;
    seconds_ = is_set ? std::optional<double>(seconds) : std::nullopt;
  }

 private:
  int socket_;
  std::optional<double> seconds_;
};

}  // namespace flyball
