#include "env/jetson/link/application_link.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <numeric>
#include <span>
#include <stdexcept>

#include "env/jetson/jetson_error.h"
#include "env/jetson/sysfs_file.h"

namespace flyball {

namespace {

constexpr double kSecondsPerNs = 1e-9;
// A program writes for some 100 ns at a time, so one that is met is hardly met again.
constexpr int kAttempts = 8;
constexpr double kCheckSeconds = 0.5;
// Between taking the time and reading, this process may have been kept from the CPU.
constexpr std::int64_t kLeewayNs = 1'000'000'000;
constexpr std::int64_t kLongestNs = 1'000'000'000'000'000'000;  // 31 years
constexpr std::uint64_t kMostRequests = 1ULL << 50U;
constexpr std::uint64_t kLargestBatch = 1ULL << 31U;

std::error_code last_error() { return {errno, std::generic_category()}; }

template <typename T>
std::error_code read_at(int fd, std::size_t offset, T& value) {
  const ssize_t count = pread(fd, &value, sizeof value, static_cast<off_t>(offset));
  if (count < 0) return last_error();
  return count == sizeof value ? std::error_code{} : JetsonError::kMalformed;
}

// The lock goes with the last process that shares the link, however that ends.
bool is_locked(int fd) {
  struct flock lock {};
  lock.l_type = F_RDLCK;
  return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

bool are_sizes(const FlyballMemory& memory) {
  if (memory.batch_size_count > FLYBALL_BATCH_SIZES) return false;
  const std::span sizes(memory.batch_sizes, memory.batch_size_count);
  return std::ranges::adjacent_find(sizes, std::greater_equal<>()) == sizes.end() &&
         (sizes.empty() || sizes.front() >= 1);
}

std::error_code check_header(const FlyballMemory& memory) {
  if (std::memcmp(memory.magic, "flyball", sizeof memory.magic) != 0) {
    return JetsonError::kMalformed;
  }
  if (memory.version != FLYBALL_LINK_VERSION) return JetsonError::kOtherVersion;
  const bool is_ours = memory.size == sizeof memory && are_sizes(memory);
  return is_ours ? std::error_code{} : JetsonError::kMalformed;
}

std::uint64_t in_system(const FlyballMemory& memory) {
  return memory.begun - memory.served - memory.dropped;
}

// Who began after `now_ns`, before the memory was read, counts for less than nothing: by as much as
// the next reading counts it for more.
std::int64_t in_system_ns(const FlyballMemory& memory, std::int64_t now_ns) {
  const std::uint64_t sum =
      memory.ended_ns - memory.begun_ns + in_system(memory) * static_cast<std::uint64_t>(now_ns);
  return std::max<std::int64_t>(0, static_cast<std::int64_t>(sum));
}

bool are_counts(const FlyballMemory& memory) {
  const std::uint64_t ended = memory.served + memory.dropped;
  return memory.begun <= kMostRequests && memory.served <= memory.begun &&
         memory.dropped <= memory.begun && ended <= memory.begun && memory.missed <= ended &&
         memory.batches <= kMostRequests && memory.batch_size <= kLargestBatch &&
         memory.batch_recommended <= kLargestBatch && memory.waiting <= kLargestBatch &&
         memory.minibatches <= kMostRequests &&
         memory.minibatch_ns <= static_cast<std::uint64_t>(kLongestNs);
}

std::int64_t nanoseconds(double seconds) { return std::llround(seconds / kSecondsPerNs); }

double seconds(std::int64_t ns) { return static_cast<double>(ns) * kSecondsPerNs; }

std::optional<std::int64_t> oldest_arrival(const FlyballMemory& memory) {
  std::optional<std::int64_t> oldest;
  for (const std::int64_t arrival : memory.slots) {
    if (arrival != 0) oldest = std::min(oldest.value_or(arrival), arrival);
  }
  return oldest;
}

}  // namespace

std::error_code check_link(const FlyballMemory& memory, double now_seconds) noexcept {
  if (const auto error = check_header(memory)) return error;
  const std::int64_t now = nanoseconds(now_seconds) + kLeewayNs;
  const std::int64_t opened = memory.opened_ns;
  const auto is_moment = [&](std::int64_t ns) { return ns >= opened && ns <= now; };
  const auto is_latency = [&](std::int64_t ns) { return ns >= 0 && ns <= now - opened; };
  const bool holds =
      opened >= 0 && opened <= now && are_counts(memory) && memory.deadline_ns >= 0 &&
      memory.deadline_ns <= kLongestNs &&
      std::ranges::all_of(memory.slots, [&](auto ns) { return ns == 0 || is_moment(ns); }) &&
      std::ranges::all_of(memory.latencies_ns, is_latency) &&
      seconds(in_system_ns(memory, now - kLeewayNs)) <=
          static_cast<double>(memory.begun) * seconds(now - opened);
  return holds ? std::error_code{} : JetsonError::kMalformed;
}

ApplicationLink::ApplicationLink(const std::string& root, double patience_seconds)
    : path_(root + "/run/flyball/application/link"), patience_seconds_(patience_seconds) {}

bool ApplicationLink::present() noexcept { return !open_current() && is_locked(file_.get()); }

std::vector<double> ApplicationLink::batch_levels() {
  std::error_code error = open_current();
  if (!error) error = read_at(file_.get(), 0, memory_);
  if (!error) error = check_header(memory_);
  if (error) throw std::runtime_error(fmt::format("{}: {}", path_, error.message()));
  return {memory_.batch_sizes, memory_.batch_sizes + memory_.batch_size_count};
}

// A program that starts gives the name to a file of its own.
std::error_code ApplicationLink::open_current() noexcept {
  if (file_.is_open() && has_name(file_.get(), path_)) return {};
  file_.reset();
  served_.reset();
  read_seconds_.reset();
  in_system_ns_ = 0;
  int fd = -1;
  if (const auto error = open_regular(path_, O_RDONLY, fd)) return error;
  file_ = Descriptor(fd);
  return {};
}

std::error_code ApplicationLink::read_memory(bool& is_whole) noexcept {
  const int fd = file_.get();
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::uint64_t left = 0;
    std::uint64_t entered = 0;
    if (const auto error = read_at(fd, offsetof(FlyballMemory, left), left)) return error;
    std::atomic_thread_fence(std::memory_order_acquire);
    if (const auto error = read_at(fd, 0, memory_)) return error;
    std::atomic_thread_fence(std::memory_order_acquire);
    if (const auto error = read_at(fd, offsetof(FlyballMemory, entered), entered)) return error;
    is_whole = entered == left;
    if (is_whole) break;
  }
  return {};
}

FileError ApplicationLink::read(double now_seconds,
                                Stamped<ApplicationTelemetry>& telemetry) noexcept {
  telemetry.clear();
  bool is_whole = false;
  std::error_code error = read_current(now_seconds, is_whole);
  if (!error && !is_whole) error = keep_last(now_seconds, telemetry);
  if (!error && is_whole) error = check_link(memory_, now_seconds);
  if (error) return {error, path_.c_str()};
  if (!is_whole) return {};
  fill(now_seconds, telemetry.refill(now_seconds));
  last_ = *telemetry;
  read_seconds_ = now_seconds;
  return {};
}

// Who has written since the last reading lives: then its name and its lock are looked at less
// often.
std::error_code ApplicationLink::read_current(double now_seconds, bool& is_whole) noexcept {
  const std::uint64_t before = memory_.left;
  const double since = now_seconds - checked_seconds_.value_or(-kCheckSeconds);
  std::error_code error = JetsonError::kEnded;
  if (file_.is_open()) error = read_memory(is_whole);
  const bool is_news = !error && is_whole && memory_.left != before;
  if (is_news && since >= 0.0 && since < kCheckSeconds) return {};
  checked_seconds_.reset();
  const bool is_other = !file_.is_open() || !has_name(file_.get(), path_);
  if (is_other) error = open_current();
  if (is_other && error) return error;
  if (!is_locked(file_.get())) return JetsonError::kEnded;
  checked_seconds_ = now_seconds;
  return is_other ? read_memory(is_whole) : error;
}

std::error_code ApplicationLink::keep_last(double now_seconds,
                                           Stamped<ApplicationTelemetry>& telemetry) noexcept {
  if (!read_seconds_ || now_seconds - *read_seconds_ > patience_seconds_) {
    return JetsonError::kStale;
  }
  last_.latency_mean_seconds.reset();  // nothing is known to have been served since
  last_.latency_p95_seconds.reset();
  last_.latency_max_seconds.reset();
  telemetry.refill(*read_seconds_) = last_;
  return {};
}

void ApplicationLink::fill(double now_seconds, ApplicationTelemetry& application) noexcept {
  application = {};
  application.arrived = memory_.begun;
  application.served = memory_.served;
  application.missed = memory_.missed;
  in_system_ns_ = std::max(in_system_ns_, in_system_ns(memory_, nanoseconds(now_seconds)));
  application.in_system_seconds = seconds(in_system_ns_);
  application.batches = memory_.batches;
  application.queue_length = in_system(memory_) + memory_.waiting;
  if (memory_.batch_recommended > 0) {
    application.batch_recommended = static_cast<double>(memory_.batch_recommended);
  }
  if (memory_.batches > 0) {
    application.batch_effective = static_cast<double>(memory_.batch_size);
  }
  if (memory_.minibatch_ns > 0) {
    application.minibatches = static_cast<double>(memory_.minibatches);
    application.minibatch_seconds = seconds(static_cast<std::int64_t>(memory_.minibatch_ns));
  }
  const auto oldest = oldest_arrival(memory_);
  if (memory_.deadline_ns > 0 && oldest) {
    application.deadline_seconds = seconds(memory_.deadline_ns);
    application.slack_seconds = seconds(*oldest + memory_.deadline_ns) - now_seconds;
  }
  fill_latencies(application);
}

void ApplicationLink::fill_latencies(ApplicationTelemetry& application) noexcept {
  const std::uint64_t before = std::min(served_.value_or(memory_.served), memory_.served);
  const std::uint64_t count = std::min<std::uint64_t>(memory_.served - before, latencies_.size());
  served_ = memory_.served;
  if (count == 0) return;
  for (std::uint64_t i = 0; i < count; ++i) {
    latencies_[i] = memory_.latencies_ns[(memory_.served - 1 - i) % FLYBALL_LATENCIES];
  }
  const std::span window(latencies_.data(), count);
  std::ranges::sort(window);
  const std::int64_t sum = std::accumulate(window.begin(), window.end(), std::int64_t{0});
  const auto rank = static_cast<std::size_t>(std::ceil(0.95 * static_cast<double>(count)));
  application.latency_mean_seconds = seconds(sum) / static_cast<double>(count);
  application.latency_p95_seconds = seconds(window[rank - 1]);
  application.latency_max_seconds = seconds(window.back());
}

}  // namespace flyball
