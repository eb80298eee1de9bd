#include "tools/daemon/service_manager.h"

#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace flyball {

namespace {

constexpr double kAliveSeconds = 0.5;

}  // namespace

ServiceManager::ServiceManager() {
  const char* name = std::getenv("NOTIFY_SOCKET");
  if (name == nullptr) return;
  const std::size_t size = std::strlen(name);
  const bool is_address = (name[0] == '/' || name[0] == '@') && size < sizeof address_.sun_path;
  if (!is_address) return;
  address_.sun_family = AF_UNIX;
  std::memcpy(address_.sun_path, name, size);
  if (name[0] == '@') address_.sun_path[0] = '\0';  // an abstract name
  address_bytes_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size);
  socket_ = Descriptor(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

void ServiceManager::alive(double now_seconds) noexcept {
  if (now_seconds - last_alive_seconds_ < kAliveSeconds) return;
  last_alive_seconds_ = now_seconds;
  send("WATCHDOG=1");
}

void ServiceManager::send(const char* text) noexcept {
  if (!socket_.is_open()) return;
  // A manager that does not listen is none of our business.
  static_cast<void>(sendto(socket_.get(), text, std::strlen(text), MSG_NOSIGNAL,
                           reinterpret_cast<const sockaddr*>(&address_), address_bytes_));
}

}  // namespace flyball
