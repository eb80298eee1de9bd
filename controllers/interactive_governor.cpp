#include "controllers/interactive_governor.h"

#include <algorithm>
#include <cmath>

namespace flyball {

namespace {

std::int64_t kilohertz(double hz) { return std::llround(hz / 1e3); }
std::int64_t microseconds(double seconds) { return std::llround(seconds * 1e6); }

}  // namespace

void InteractiveGovernor::reset(const GovernorScope& scope) {
  domain_.emplace(scope, name(), std::initializer_list<DomainKind>{DomainKind::kCpu});
  cpus_ = CpuWindows(domain_->domain().cpus);
  choices_.assign(domain_->domain().cpus.size(), {});
}

Decision InteractiveGovernor::decide(const GovernorInput& input) {
  const DomainTelemetry* shown = domain_.value().find(input.telemetry);
  limits_ = domain_->limits(shown);
  if (shown == nullptr || !cpus_.take(input.telemetry)) {
    return ResidentDomain::pin(limits_.ceiling, limits_);  // unknown state: performance
  }
  const std::int64_t now_us = microseconds(input.telemetry.time_seconds);
  current_khz_ = kilohertz(*shown->requested_hz);
  const std::int64_t hispeed_khz =
      tunables_.hispeed_freq_khz.value_or(kilohertz(domain_->hz(limits_.ceiling)));
  std::int64_t highest_khz = 0;
  for (std::size_t cpu = 0; cpu < choices_.size(); ++cpu) {
    const CpuWindow& window = cpus_.windows()[cpu];
    if (window.valid) {
      choose(choices_[cpu], window, now_us, hispeed_khz);
    } else {
      choices_[cpu] = {};
    }
    highest_khz = std::max(highest_khz, choices_[cpu].target_khz);
  }
  if (highest_khz == 0) return domain_->hold(shown);
  return ResidentDomain::pin(
      level_nearest(domain_->table(), static_cast<double>(highest_khz) * 1e3), limits_);
}

void InteractiveGovernor::choose(Choice& choice, const CpuWindow& window, std::int64_t now_us,
                                 std::int64_t hispeed_khz) {
  if (choice.target_khz == 0) {
    choice = {current_khz_, current_khz_, now_us, now_us};
  }
  const std::int64_t busy_us = microseconds(window.busy_seconds);
  const std::int64_t total_us =
      busy_us + microseconds(window.idle_seconds) + microseconds(window.iowait_seconds);
  if (total_us <= 0) return;
  const std::int64_t work = busy_us * current_khz_ / total_us * 100;  // percent times kilohertz
  const std::int64_t enough_khz = lowest_from(work / tunables_.target_load);
  std::int64_t next_khz = enough_khz;
  if (work / choice.target_khz >= tunables_.go_hispeed_load) {
    next_khz = choice.target_khz < hispeed_khz ? hispeed_khz : std::max(enough_khz, hispeed_khz);
  } else if (choice.target_khz < hispeed_khz) {
    next_khz = std::min(enough_khz, hispeed_khz);
  }
  const bool rises_above = choice.target_khz >= hispeed_khz && next_khz > choice.target_khz;
  if (rises_above && now_us - choice.hispeed_since_us < tunables_.above_hispeed_delay_us) return;
  choice.hispeed_since_us = now_us;
  next_khz = lowest_from(next_khz);
  const bool is_young = now_us - choice.floor_since_us < tunables_.min_sample_time_us;
  if (next_khz < choice.floor_khz && is_young) return;
  choice.floor_khz = next_khz;
  choice.floor_since_us = now_us;
  choice.target_khz = next_khz;
}

std::int64_t InteractiveGovernor::lowest_from(std::int64_t khz) const {
  const Level level = level_at_least(domain_->table(), (static_cast<double>(khz) - 0.5) * 1e3);
  return kilohertz(domain_->hz(std::clamp(level, limits_.floor, limits_.ceiling)));
}

}  // namespace flyball
