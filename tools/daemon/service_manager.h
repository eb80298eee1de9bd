// What systemd is told of a service of Type=notify: a datagram to the socket that NOTIFY_SOCKET
// names. Without one nothing is sent. Not thread-safe; sending allocates nothing.
#pragma once

#include "env/jetson/descriptor.h"

namespace flyball {

class ServiceManager {
 public:
  ServiceManager();
  // Governing has begun.
  void ready() noexcept { send("READY=1"); }
  // Still alive; sent at most twice a second, however often it is called.
  void alive(double now_seconds) noexcept;
  void stopping() noexcept { send("STOPPING=1"); }

 private:
  void send(const char* text) noexcept;

  Descriptor socket_;
  double last_alive_seconds_ = 0.0;
};

}  // namespace flyball
