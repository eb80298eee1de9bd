#include "tools/daemon/service_manager.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/temporary_directory.h"

using namespace flyball;

namespace {

// NOTIFY_SOCKET as a test wants it, and as it was before afterwards.
class NotifySocket {
 public:
  explicit NotifySocket(const std::optional<std::string>& name) {
    if (const char* before = std::getenv(kName)) before_ = before;
    set(name);
  }
  ~NotifySocket() { set(before_); }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

 private:
  static constexpr const char* kName = "NOTIFY_SOCKET";

  static void set(const std::optional<std::string>& name) {
    name ? setenv(kName, name->c_str(), 1) : unsetenv(kName);
  }

  std::optional<std::string> before_;
};

// Who listens there as systemd does. `name`: a path, or "@" and an abstract name.
class Listener {
 public:
  explicit Listener(const std::string& name)
      : socket_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    if (bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) {
      throw std::runtime_error("cannot listen at " + name);
    }
  }

  // Every datagram that waits.
  std::vector<std::string> heard() const {
    std::vector<std::string> texts;
    char text[256];
    for (ssize_t size = 0; (size = recv(socket_.get(), text, sizeof text, 0)) >= 0;) {
      texts.emplace_back(text, static_cast<std::size_t>(size));
    }
    return texts;
  }

 private:
  Descriptor socket_;
};

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    ++count;
  }
  return count;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("the manager hears of the start, of life and of the end, a datagram each") {
  const TemporaryDirectory folder;
  const std::string path = (folder.path() / "notify").string();
  const Listener listener(path);
  const NotifySocket name(path);
  ServiceManager manager;
  CHECK(listener.heard().empty());
  manager.ready();
  CHECK(listener.heard() == Texts{"READY=1"});
  manager.alive(100.0);
  CHECK(listener.heard() == Texts{"WATCHDOG=1"});
  manager.stopping();
  CHECK(listener.heard() == Texts{"STOPPING=1"});
}

TEST_CASE("life is told at most twice a second, however often it is said") {
  const TemporaryDirectory folder;
  const std::string path = (folder.path() / "notify").string();
  const Listener listener(path);
  const NotifySocket name(path);
  ServiceManager manager;
  manager.alive(7.0);
  manager.alive(7.0);
  manager.alive(7.25);
  manager.alive(7.4375);
  CHECK(listener.heard().size() == 1);
  manager.alive(7.5);
  CHECK(listener.heard().size() == 1);
  manager.alive(7.75);
  CHECK(listener.heard().empty());
  std::size_t in_ten_seconds = 0;
  for (int tick = 0; tick < 1000; ++tick) {
    manager.alive(8.0 + tick / 100.0);
    in_ten_seconds += listener.heard().size();
  }
  CHECK(in_ten_seconds == 20);
}

TEST_CASE("an abstract name is one, too") {
  const std::string name = "@flyball-service-manager-test-" + std::to_string(getpid());
  const Listener listener(name);
  const NotifySocket notify(name);
  ServiceManager manager;
  manager.ready();
  CHECK(listener.heard() == Texts{"READY=1"});
}

TEST_CASE("without an address nothing is opened and nothing is sent") {
  const std::optional<std::string> cases[] = {
      std::nullopt, "", "notify", "vsock:2:1234",
      "/" + std::string(sizeof(sockaddr_un::sun_path), 'x')};
  for (const std::optional<std::string>& name : cases) {
    CAPTURE(name.value_or("unset"));
    const NotifySocket notify(name);
    const std::size_t before = open_descriptors();
    ServiceManager manager;
    CHECK(open_descriptors() == before);
    manager.ready();
    manager.alive(1.0);
    manager.stopping();
  }
}

TEST_CASE("a manager that is not there, has gone or does not read changes nothing") {
  const TemporaryDirectory folder;
  const std::string path = (folder.path() / "notify").string();
  const NotifySocket notify(path);
  ServiceManager to_nobody;
  to_nobody.ready();
  {
    const Listener listener(path);
    ServiceManager manager;
    for (int i = 0; i < 10'000; ++i) manager.ready();  // more than a socket holds
    const std::size_t held = listener.heard().size();
    CHECK(held > 0);
    CHECK(held < 10'000);
    manager.stopping();
    CHECK(listener.heard() == Texts{"STOPPING=1"});
  }
  std::filesystem::remove(path);
  const Listener another(path);
  to_nobody.stopping();
  CHECK(another.heard().empty());
}

TEST_CASE("who has the socket can send to it when the folder is closed to others") {
  const TemporaryDirectory folder;
  const std::string path = (folder.path() / "notify").string();
  const Listener listener(path);
  const NotifySocket notify(path);
  ServiceManager manager;
  const std::string moved = path + ".moved";
  std::filesystem::rename(path, moved);  // no name leads there any more
  manager.ready();
  CHECK(listener.heard() == Texts{"READY=1"});
}
