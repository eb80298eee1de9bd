#include "controllers/wmark_governors.h"

#include <algorithm>
#include <cmath>

namespace flyball {

void WmarkGovernor::reset(const GovernorScope& scope) {
  domain_.emplace(scope, name(), std::initializer_list<DomainKind>{DomainKind::kGpu});
  load_ = {};
}

Decision WmarkGovernor::decide(const GovernorInput& input) {
  const DomainTelemetry* shown = domain_.value().find(input.telemetry);
  const LevelRange limits = domain_->limits(shown);
  if (shown == nullptr || !shown->busy_seconds) {
    return ResidentDomain::pin(limits.ceiling, limits);  // unknown state: performance
  }
  const double now = input.telemetry.domains.time_seconds();
  const auto load = load_.take(*shown, now);
  if (!load) return domain_->hold(shown);
  const Level level = level_nearest(domain_->table(), *shown->requested_hz);
  return ResidentDomain::pin(wanted(level, load->permille(), std::llround(now * 1e6)), limits);
}

std::int64_t WmarkGovernor::hz(Level level) const { return std::llround(domain_->hz(level)); }

Level WmarkGovernor::last_level() const { return static_cast<Level>(domain_->table().size() - 1); }

void WmarkActiveGovernor::reset(const GovernorScope& scope) {
  WmarkGovernor::reset(scope);
  average_hz_ = 0;
  last_change_us_.reset();
}

Level WmarkActiveGovernor::wanted(Level level, std::int64_t load, std::int64_t now_us) {
  if (is_between_watermarks(level, load)) return level;
  average_hz_ = (tunables_.smooth * average_hz_ + ideal_hz(level, load)) / (tunables_.smooth + 1);
  if (last_change_us_ && now_us - *last_change_us_ < tunables_.block_window_us) return level;
  const Level next = level_at_least(domain().table(), static_cast<double>(average_hz_));
  if (next != level) last_change_us_ = now_us;
  return next;
}

// Each is the load at which the neighbouring frequency would have the target load.
bool WmarkActiveGovernor::is_between_watermarks(Level level, std::int64_t load) const {
  const std::int64_t current_khz = hz(level) / 1000;
  const auto load_of = [&](Level neighbour) {
    return hz(neighbour) / current_khz * tunables_.load_target / 1000;
  };
  const std::int64_t low = level == 0 ? 0 : load_of(static_cast<Level>(level - 1));
  const std::int64_t high =
      level == last_level() ? 1000
                            : std::min(tunables_.load_max, load_of(static_cast<Level>(level + 1)));
  return load >= low && load <= high;
}

std::int64_t WmarkActiveGovernor::ideal_hz(Level level, std::int64_t load) const {
  if (tunables_.freq_boost_en && load >= tunables_.load_max) return hz(last_level());
  const std::int64_t ideal = load * 1000 / tunables_.load_target * (hz(level) / 1000);
  return hz(level_at_least(domain().table(), static_cast<double>(ideal)));
}

Level WmarkSimpleGovernor::wanted(Level level, std::int64_t load, std::int64_t) {
  if (load > tunables_.high_wmark) return std::min<Level>(last_level(), level + 1);
  if (load < tunables_.low_wmark && level > 0) return static_cast<Level>(level - 1);
  return level;
}

Level TegraWmarkGovernor::wanted(Level level, std::int64_t load, std::int64_t) {
  const auto moved = [&](std::int64_t levels) {
    return static_cast<Level>(std::clamp<std::int64_t>(level + levels, 0, last_level()));
  };
  // In kilohertz of busy clock, as the monitor counts.
  const std::int64_t active = load * (hz(level) / 1000);
  const std::int64_t upper = hz(level) / 1000;
  if (active > upper * (tunables_.load_target + tunables_.up_wmark_margin)) {
    return moved(tunables_.up_freq_margin);
  }
  if (active > upper * tunables_.load_target) return moved(1);
  const std::int64_t lower = hz(moved(-1)) / 1000;
  if (active < lower * (tunables_.load_target - tunables_.down_wmark_margin)) {
    return moved(-tunables_.down_freq_margin);
  }
  if (active < lower * tunables_.load_target) return moved(-1);
  return level;
}

}  // namespace flyball
