#include "controllers/ondemand_governor.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace flyball {

namespace {

std::int64_t microseconds(double seconds) { return std::llround(seconds * 1e6); }

}  // namespace

OndemandGovernor::OndemandGovernor(const OndemandTunables& tunables) : tunables_(tunables) {}

void OndemandGovernor::reset(const GovernorScope& scope) {
  domain_.emplace(scope, name(), std::initializer_list<DomainKind>{DomainKind::kCpu});
  cpus_ = CpuWindows(domain_->domain().cpus);
  previous_load_.assign(domain_->domain().cpus.size(), 0);
  rate_multiplier_ = 1;
  skip_ = 0;
}

Setting OndemandGovernor::decide(const Telemetry& telemetry) {
  const DomainTelemetry* shown = domain_.value().find(telemetry);
  const LevelRange limits = domain_->limits(shown);
  if (skip_ > 0) {
    --skip_;
    return domain_->hold(shown);
  }
  if (shown == nullptr || !cpus_.take(telemetry)) {
    return ResidentDomain::pin(limits.ceiling, limits);  // unknown state: performance
  }
  const std::optional<std::int64_t> load = policy_load();
  if (!load) return domain_->hold(shown);
  if (*load > tunables_.up_threshold) {
    const Level now = level_nearest(domain_->table(), shown->requested_hz);
    if (now < limits.ceiling) rate_multiplier_ = tunables_.sampling_down_factor;
    skip_ = rate_multiplier_ - 1;
    return ResidentDomain::pin(limits.ceiling, limits);
  }
  rate_multiplier_ = 1;
  const std::int64_t min_khz = std::llround(domain_->table().front() / 1e3);
  const std::int64_t max_khz = std::llround(domain_->table().back() / 1e3);
  const std::int64_t next_khz = min_khz + *load * (max_khz - min_khz) / 100;
  // The kernel moves the target into the limits first and looks for the closest entry then.
  const double next_hz = std::clamp(static_cast<double>(next_khz) * 1e3, domain_->hz(limits.floor),
                                    domain_->hz(limits.ceiling));
  return ResidentDomain::pin(level_nearest(domain_->table(), next_hz), limits);
}

std::optional<std::int64_t> OndemandGovernor::policy_load() {
  const std::int64_t wall_us = microseconds(cpus_.wall_seconds());
  std::optional<std::int64_t> largest;
  for (std::size_t i = 0; i < previous_load_.size(); ++i) {
    if (!cpus_.windows()[i].valid) continue;
    largest = std::max(largest.value_or(0), cpu_load(i, wall_us));
  }
  return largest;
}

std::int64_t OndemandGovernor::cpu_load(std::size_t cpu, std::int64_t wall_us) {
  const CpuWindow& window = cpus_.windows()[cpu];
  const std::int64_t idle_us =
      microseconds(window.idle_seconds + (tunables_.io_is_busy ? 0.0 : window.iowait_seconds));
  if (wall_us <= 0) return previous_load_[cpu];
  // A CPU that slept through several samples is taken to go on where it left off, once.
  const std::int64_t sample_us = microseconds(tunables_.sampling_rate_seconds) * rate_multiplier_;
  if (idle_us > 2 * sample_us && previous_load_[cpu] > 0) {
    return std::exchange(previous_load_[cpu], 0);
  }
  previous_load_[cpu] = wall_us > idle_us ? 100 * (wall_us - idle_us) / wall_us : 0;
  return previous_load_[cpu];
}

}  // namespace flyball
