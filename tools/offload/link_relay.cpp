#include "tools/offload/link_relay.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <deque>
#include <list>
#include <random>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "tools/offload/address.h"
#include "tools/offload/bandwidth_estimate.h"

namespace flyball {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostQueuedBytes = std::size_t{256} << 10;  // of a direction; then TCP waits
constexpr double kRetransmissionSeconds = 0.2;
constexpr double kLongestWaitSeconds = 0.05;
constexpr double kBlockedSeconds = 1e-3;  // until it is tried again
constexpr int kBacklog = 64;

[[noreturn]] void fail(const std::string& address) {
  throw std::system_error(errno, std::generic_category(), address);
}

// An open file of the system; closed by its destructor.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int number) : number_(number) {}
  ~Socket() {
    if (number_ >= 0) close(number_);
  }
  Socket(Socket&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }

  int number() const { return number_; }

 private:
  int number_ = -1;
};

using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

AddressList resolve(const std::string& text, int flags) {
  const Address address = parse_address(text);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  const int code = getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found);
  if (code != 0) {
    throw std::invalid_argument(fmt::format("\"{}\": {}", text, gai_strerror(code)));
  }
  return {found, freeaddrinfo};
}

void set_quick(int socket) {
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Socket open_socket(const addrinfo& address) {
  return Socket(socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

Socket listen_on(const std::string& address) {
  const AddressList found = resolve(address, AI_PASSIVE);
  Socket socket = open_socket(*found);
  if (socket.number() < 0) fail(address);
  const int on = 1;
  setsockopt(socket.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(socket.number(), found->ai_addr, found->ai_addrlen) != 0 ||
      listen(socket.number(), kBacklog) != 0) {
    fail(address);
  }
  return socket;
}

struct Segment {
  double due_seconds = 0.0;
  std::vector<char> bytes;
};

// One direction of one connection.
struct Direction {
  std::deque<Segment> queue;
  std::size_t queued_bytes = 0;
  double last_due_seconds = 0.0;
  bool has_ended = false;   // nothing more comes in
  bool is_blocked = false;  // the other side takes no more for now
  bool is_shut = false;     // and the other side was told
};

struct Connection {
  Socket source;
  Socket target;
  Direction forward;
  Direction backward;
  bool is_broken = false;

  bool is_over() const { return is_broken || (forward.is_shut && backward.is_shut); }
};

// A direction's link, which all connections share.
struct Link {
  double free_seconds = 0.0;
  std::uint64_t bytes = 0;
};

bool would_wait() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

void validate(const LinkRelayOptions& options) {
  validate(Bandwidth{options.bandwidth});
  if (!(options.delay_seconds >= 0.0 && options.delay_seconds <= 60.0)) {
    throw std::invalid_argument(fmt::format("delay {}: 0 to 60 s expected", options.delay_seconds));
  }
  if (!(options.loss >= 0.0 && options.loss < 1.0)) {
    throw std::invalid_argument(fmt::format("loss {}: from 0 to below 1 expected", options.loss));
  }
  double last = 0.0;
  for (const LinkOutage& outage : options.outages) {
    if (!(outage.from_seconds >= last && outage.to_seconds > outage.from_seconds)) {
      throw std::invalid_argument(fmt::format("outage {}:{}: ascending times expected",
                                              outage.from_seconds, outage.to_seconds));
    }
    last = outage.to_seconds;
  }
}

double segment_end_seconds(const BandwidthTrace& trace, const std::vector<LinkOutage>& outages,
                           double now_seconds, double bytes, double& free_seconds) {
  double begin = std::max(now_seconds, free_seconds);
  double end = trace.end_seconds(begin, bytes);
  // What an outage cuts off goes on behind it.
  for (const LinkOutage& outage : outages) {
    if (end <= outage.from_seconds || begin >= outage.to_seconds) continue;
    const double before = std::max(0.0, outage.from_seconds - begin);
    const double share_left = end > begin ? 1.0 - before / (end - begin) : 1.0;
    begin = outage.to_seconds;
    bytes *= share_left;
    end = trace.end_seconds(begin, bytes);
  }
  free_seconds = end;
  return end;
}

struct LinkRelay::Impl {
  explicit Impl(const LinkRelayOptions& asked)
      : options(asked),
        trace(asked.bandwidth),
        listener(listen_on(asked.listen)),
        target(resolve(asked.target, 0)),
        random(asked.seed) {}

  double now() const { return std::chrono::duration<double>(Clock::now() - begin).count(); }

  bool is_down(double seconds) const {
    return std::any_of(options.outages.begin(), options.outages.end(), [&](const LinkOutage& o) {
      return seconds >= o.from_seconds && seconds < o.to_seconds;
    });
  }

  void accept_one() {
    Socket source(accept4(listener.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (source.number() < 0) return;
    Socket to = open_socket(*target);
    if (to.number() < 0) return;
    set_quick(source.number());
    set_quick(to.number());
    if (connect(to.number(), target->ai_addr, target->ai_addrlen) != 0 && errno != EINPROGRESS) {
      return;  // the source sees its connection end
    }
    ++counts.connections;
    Connection connection;
    connection.source = std::move(source);
    connection.target = std::move(to);
    connections.push_back(std::move(connection));
  }

  // One segment, if there is one.
  void take(Connection& connection, int from, Direction& direction, Link& link) {
    std::array<char, static_cast<std::size_t>(kSegmentBytes)> buffer{};
    const ssize_t count = recv(from, buffer.data(), buffer.size(), 0);
    if (count < 0 && !would_wait()) connection.is_broken = true;
    if (count == 0) direction.has_ended = true;
    if (count <= 0) return;
    const auto size = static_cast<std::size_t>(count);
    const double bytes = bytes_on_link(size);
    link.bytes += static_cast<std::uint64_t>(bytes);
    double due = segment_end_seconds(trace, options.outages, now(), bytes, link.free_seconds) +
                 options.delay_seconds;
    if (options.loss > 0.0 && std::bernoulli_distribution(options.loss)(random)) {
      ++counts.lost_segments;
      due += kRetransmissionSeconds + 2.0 * options.delay_seconds;
    }
    due = std::max(due, direction.last_due_seconds);
    direction.last_due_seconds = due;
    direction.queued_bytes += size;
    direction.queue.push_back({due, {buffer.begin(), buffer.begin() + count}});
  }

  // What is due.
  void give(Connection& connection, int to, Direction& direction) const {
    while (!direction.queue.empty() && direction.queue.front().due_seconds <= now()) {
      Segment& segment = direction.queue.front();
      direction.is_blocked = true;
      const ssize_t count = send(to, segment.bytes.data(), segment.bytes.size(), MSG_NOSIGNAL);
      if (count < 0) {
        if (!would_wait()) connection.is_broken = true;
        return;
      }
      const auto size = static_cast<std::size_t>(count);
      direction.queued_bytes -= size;
      if (size == segment.bytes.size()) {
        direction.queue.pop_front();
        direction.is_blocked = false;
      } else {
        segment.bytes.erase(segment.bytes.begin(), segment.bytes.begin() + count);
        return;
      }
    }
    if (direction.has_ended && direction.queue.empty() && !direction.is_shut) {
      shutdown(to, SHUT_WR);
      direction.is_shut = true;
    }
  }

  static bool takes_more(const Direction& direction) {
    return !direction.has_ended && direction.queued_bytes < kMostQueuedBytes;
  }
  static pollfd asked_of(int socket, const Direction& direction) {
    return {takes_more(direction) ? socket : -1, POLLIN, 0};
  }

  void wait() {
    const double time = now();
    double next = time + kLongestWaitSeconds;
    waiting.clear();
    waiting.push_back({is_down(time) ? -1 : listener.number(), POLLIN, 0});
    for (const Connection& c : connections) {
      for (const Direction* direction : {&c.forward, &c.backward}) {
        if (direction->queue.empty()) continue;
        const double again = direction->is_blocked ? time + kBlockedSeconds : 0.0;
        next = std::min(next, std::max(again, direction->queue.front().due_seconds));
      }
      waiting.push_back(asked_of(c.source.number(), c.forward));
      waiting.push_back(asked_of(c.target.number(), c.backward));
    }
    const double left = std::clamp(next - now(), 0.0, kLongestWaitSeconds);
    const timespec patience{0, static_cast<long>(left * 1e9)};
    ppoll(waiting.data(), waiting.size(), &patience, nullptr);
  }

  void relay() {
    std::size_t at = 1;
    for (Connection& c : connections) {
      const short of_source = waiting[at++].revents;
      const short of_target = waiting[at++].revents;
      if (of_source != 0) take(c, c.source.number(), c.forward, to_target);
      if (of_target != 0) take(c, c.target.number(), c.backward, to_source);
      give(c, c.target.number(), c.forward);
      give(c, c.source.number(), c.backward);
    }
    connections.remove_if([](const Connection& c) { return c.is_over(); });
    if ((waiting.front().revents & POLLIN) != 0) accept_one();
  }

  LinkRelayOptions options;
  BandwidthTrace trace;
  Socket listener;
  AddressList target;
  std::mt19937_64 random;
  Clock::time_point begin = Clock::now();
  std::list<Connection> connections;
  std::vector<pollfd> waiting;  // the listener, then source and target of each connection
  Link to_target;
  Link to_source;
  Counts counts;
};

LinkRelay::LinkRelay(const LinkRelayOptions& options) {
  validate(options);
  impl_ = std::make_unique<Impl>(options);
}

LinkRelay::~LinkRelay() = default;

int LinkRelay::port() const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  getsockname(impl_->listener.number(), reinterpret_cast<sockaddr*>(&address), &size);
  const bool is_six = address.ss_family == AF_INET6;
  return ntohs(is_six ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                      : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

void LinkRelay::run(const std::function<bool()>& goes_on) {
  while (goes_on()) {
    impl_->wait();
    impl_->relay();
  }
}

LinkRelay::Counts LinkRelay::counts() const {
  Counts counts = impl_->counts;
  counts.forward_bytes = impl_->to_target.bytes;
  counts.backward_bytes = impl_->to_source.bytes;
  return counts;
}

}  // namespace flyball
