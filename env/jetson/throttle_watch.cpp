#include "env/jetson/throttle_watch.h"

#include <algorithm>
#include <cstddef>

#include "env/jetson/domain_reader.h"
#include "env/jetson/kernel_units.h"

namespace flyball {

namespace {

constexpr double kEverySeconds = 10.0;
// A clock takes about a millisecond to follow a request, two measurements' time.
constexpr int kInARow = 3;

}  // namespace

ThrottleWatch::ThrottleWatch(const std::string& root, const Board& board) {
  for (const Domain& domain : board.domains) {
    if (domain.kind != DomainKind::kCpu) continue;
    const std::string policy = find_cpu_policy(root, domain.cpus.front());
    if (policy.empty() || !SysfsFile(policy + "/cpuinfo_cur_freq").exists()) continue;
    clocks_.push_back({domain.name});
    files_.push_back({SysfsFile(policy + "/scaling_cur_freq"),
                      SysfsFile(policy + "/cpuinfo_cur_freq"), std::nullopt});
    static_cast<void>(measure(files_.back(), clocks_.back()));
  }
}

// Both numbers of one moment: what was asked for must be the same before and after.
bool ThrottleWatch::measure(Files& files, Clock& clock) noexcept {
  long long before = 0;
  long long running = 0;
  long long after = 0;
  if (files.asked.read(before) || files.measured.read(running) || files.asked.read(after)) {
    return false;
  }
  if (before != after || before <= 0 || running <= 0) return false;
  clock.asked_hz = static_cast<double>(before) * kHertzPerKilohertz;
  clock.running_hz = static_cast<double>(running) * kHertzPerKilohertz;
  return true;
}

// Absent: nothing could be measured. Only what stays far below, measured again, is held.
std::optional<bool> ThrottleWatch::is_held(Files& files, Clock& clock) noexcept {
  for (int i = 0; i < kInARow; ++i) {
    if (!measure(files, clock)) return std::nullopt;
    if (clock.running_hz >= kHeldShare * clock.asked_hz) return false;
  }
  return true;
}

const ThrottleWatch::Clock* ThrottleWatch::look(double now_seconds) noexcept {
  const double apart = kEverySeconds / static_cast<double>(std::max<std::size_t>(1, files_.size()));
  for (std::size_t i = 0; i < files_.size(); ++i) {
    Files& files = files_[i];
    if (!files.due_seconds) files.due_seconds = now_seconds + static_cast<double>(i) * apart;
    if (now_seconds < *files.due_seconds) continue;
    files.due_seconds = now_seconds + kEverySeconds;
    Clock& clock = clocks_[i];
    const std::optional<bool> held = is_held(files, clock);
    if (!held || *held == clock.is_held) return nullptr;
    clock.is_held = *held;
    return &clock;
  }
  return nullptr;
}

}  // namespace flyball
