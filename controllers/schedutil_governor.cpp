#include "controllers/schedutil_governor.h"

#include <algorithm>
#include <cmath>

namespace flyball {

namespace {

constexpr std::int64_t kCapacity = 1024;  // of every CPU
constexpr std::int64_t kLeastBoost = 128;

}  // namespace

SchedutilGovernor::SchedutilGovernor(const SchedutilTunables& tunables, std::string name)
    : tunables_(tunables), name_(std::move(name)) {}

void SchedutilGovernor::reset(const GovernorScope& scope) {
  domain_.emplace(scope, name(), std::initializer_list<DomainKind>{DomainKind::kCpu});
  cpus_ = CpuWindows(domain_->domain().cpus);
  utilization_.assign(domain_->domain().cpus.size(), 0.0);
  boosts_.assign(domain_->domain().cpus.size(), {});
  last_change_seconds_.reset();
}

Decision SchedutilGovernor::decide(const GovernorInput& input) {
  const Telemetry& telemetry = input.telemetry;
  const DomainTelemetry* shown = domain_.value().find(telemetry);
  const LevelRange limits = domain_->limits(shown);
  if (shown == nullptr || !cpus_.take(telemetry)) {
    return ResidentDomain::pin(limits.ceiling, limits);  // unknown state: performance
  }
  if (!cpus_.any_valid()) return domain_->hold(shown);
  const double max_hz = domain_->table().back();
  update_utilization(*shown->effective_hz / max_hz);
  update_boosts(telemetry.cpus.time_seconds());

  const std::int64_t max_khz = std::llround(max_hz / 1e3);
  const std::int64_t next_khz =
      (max_khz + (max_khz * tunables_.capacity_margin >> 10)) * largest_utilization() / kCapacity;
  const Level wanted = level_at_least(domain_->table(), static_cast<double>(next_khz) * 1e3);
  const Level next = std::clamp(wanted, limits.floor, limits.ceiling);
  const Level now = level_nearest(domain_->table(), *shown->requested_hz);
  if (next == now || !change_allowed(next, now, telemetry.time_seconds)) {
    return ResidentDomain::pin(now, limits);
  }
  last_change_seconds_ = telemetry.time_seconds;
  return ResidentDomain::pin(next, limits);
}

void SchedutilGovernor::update_utilization(double frequency_share) {
  const double wall = cpus_.wall_seconds();
  if (!(wall > 0.0)) return;
  const double kept = std::exp2(-wall / tunables_.half_life_seconds);
  for (std::size_t i = 0; i < utilization_.size(); ++i) {
    const CpuWindow& window = cpus_.windows()[i];
    if (!window.valid) continue;
    const double busy = std::clamp(window.busy_seconds / wall, 0.0, 1.0);
    utilization_[i] = kept * utilization_[i] +
                      (1.0 - kept) * busy * frequency_share * static_cast<double>(kCapacity);
  }
}

// Doubles with every wakeup, halves with every update without one, ends after a tick without.
void SchedutilGovernor::update_boosts(double time_seconds) {
  for (std::size_t i = 0; i < boosts_.size(); ++i) {
    IoBoost& boost = boosts_[i];
    const CpuWindow& window = cpus_.windows()[i];
    if (window.valid && window.iowait_seconds > 0.0) {
      boost.last_wakeup_seconds = time_seconds;
      const auto wakeups = static_cast<int>(window.iowait_seconds / tunables_.tick_seconds);
      for (int n = 0; n < std::max(1, wakeups) && boost.value < kCapacity; ++n) {
        boost.value = std::max(kLeastBoost, 2 * boost.value);
      }
    } else if (time_seconds - boost.last_wakeup_seconds > tunables_.tick_seconds) {
      boost.value = 0;
    } else {
      boost.value = boost.value / 2 >= kLeastBoost ? boost.value / 2 : 0;
    }
  }
}

std::int64_t SchedutilGovernor::largest_utilization() const {
  double largest = 0.0;
  for (std::size_t i = 0; i < utilization_.size(); ++i) {
    if (!cpus_.windows()[i].valid) continue;
    largest = std::max({largest, utilization_[i], static_cast<double>(boosts_[i].value)});
  }
  // A steady sum that comes out a rounding error below a whole number counts as that number.
  return std::min(kCapacity, static_cast<std::int64_t>(largest + 1e-9));
}

bool SchedutilGovernor::change_allowed(Level next, Level now, double time_seconds) const {
  if (next < now && is_single_cpu_without_idle()) return false;
  if (!last_change_seconds_) return true;
  const double since = time_seconds - *last_change_seconds_;
  const double limit =
      next > now ? tunables_.up_rate_limit_seconds : tunables_.down_rate_limit_seconds;
  return since >= limit;
}

// The kernel does not slow a CPU down that has not been idle since the last update: its
// utilization is still on the way up.
bool SchedutilGovernor::is_single_cpu_without_idle() const {
  if (cpus_.windows().size() != 1 || !cpus_.windows()[0].valid) return false;
  return cpus_.windows()[0].idle_seconds + cpus_.windows()[0].iowait_seconds <= 0.0;
}

}  // namespace flyball
