#include "controllers/policy_load.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace flyball {

namespace {

std::int64_t microseconds(double seconds) { return std::llround(seconds * 1e6); }

}  // namespace

PolicyLoadSampler::PolicyLoadSampler(std::span<const int> cpus, IoWait iowait)
    : cpus_(cpus), iowait_(iowait), previous_load_(cpus.size(), 0) {}

std::optional<PolicyLoad> PolicyLoadSampler::load(double sample_seconds) {
  const std::int64_t sample_us = microseconds(sample_seconds);
  std::optional<PolicyLoad> load;
  for (std::size_t i = 0; i < previous_load_.size(); ++i) {
    const CpuWindow& window = cpus_.windows()[i];
    if (!window.valid) continue;
    if (!load) load.emplace();
    const double iowait_seconds = iowait_ == IoWait::kBusy ? 0.0 : window.iowait_seconds;
    const std::int64_t idle_us = microseconds(window.idle_seconds + iowait_seconds);
    load->percent = std::max(load->percent, cpu_load(i, idle_us, sample_us));
    if (idle_us > 2 * sample_us) {
      const std::int64_t periods = idle_us / sample_us;
      load->idle_periods = std::min(load->idle_periods.value_or(periods), periods);
    }
  }
  return load;
}

std::int64_t PolicyLoadSampler::cpu_load(std::size_t cpu, std::int64_t idle_us,
                                         std::int64_t sample_us) {
  const std::int64_t wall_us = microseconds(cpus_.wall_seconds());
  if (wall_us <= 0) return previous_load_[cpu];
  // A CPU that slept through several samples is taken to go on where it left off, once.
  if (idle_us > 2 * sample_us && previous_load_[cpu] > 0) {
    return std::exchange(previous_load_[cpu], 0);
  }
  previous_load_[cpu] = wall_us > idle_us ? 100 * (wall_us - idle_us) / wall_us : 0;
  return previous_load_[cpu];
}

}  // namespace flyball
