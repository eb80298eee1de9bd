#include "tools/daemon/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace flyball {

namespace {

constexpr double kAliveSeconds = 0.5;

}  // namespace

ServiceManager::ServiceManager() {
  const char* name = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  if (name == nullptr) return;
  const std::size_t size = std::strlen(name);
  const bool is_address = (name[0] == '/' || name[0] == '@') && size < sizeof address.sun_path;
  if (!is_address) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name, size);
  if (name[0] == '@') address.sun_path[0] = '\0';  // an abstract name
  const auto bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size);
  socket_ = Descriptor(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // Connected now, as the right to do so may be given up.
  static_cast<void>(connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), bytes));
}

void ServiceManager::alive(double now_seconds) noexcept {
  if (now_seconds - last_alive_seconds_ < kAliveSeconds) return;
  last_alive_seconds_ = now_seconds;
  send("WATCHDOG=1");
}

void ServiceManager::send(const char* text) noexcept {
  if (!socket_.is_open()) return;
  // A manager that does not listen is none of our business.
  static_cast<void>(::send(socket_.get(), text, std::strlen(text), MSG_NOSIGNAL));
}

}  // namespace flyball
