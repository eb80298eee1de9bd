#include "env/sim/clocked_domain.h"

#include <algorithm>
#include <utility>

namespace flyball {

ClockedDomain::ClockedDomain(const Domain& domain, LevelRange mode, Level initial)
    : ClockedDomain(domain, mode, initial, {domain.actuation_seconds, 0}) {}

ClockedDomain::ClockedDomain(const Domain& domain, LevelRange mode, Level initial,
                             DelayDraws actuation)
    : domain_(&domain),
      actuation_(std::move(actuation)),
      mode_(mode),
      limits_(mode),
      wanted_(initial),
      requested_(std::clamp(initial, mode.floor, mode.ceiling)),
      target_(requested_),
      effective_(target_) {}

void ClockedDomain::request(double now_seconds, Level level) {
  wanted_ = level;
  follow(now_seconds);
}

void ClockedDomain::follow(double now_seconds) {
  requested_ = std::clamp(wanted_, limits_.floor, limits_.ceiling);
  aim(now_seconds);
}

void ClockedDomain::aim(double now_seconds) {
  const Level target = throttle_ ? std::min(requested_, *throttle_) : requested_;
  if (target == target_) return;
  target_ = target;
  if (target == effective_) {
    effect_seconds_ = kNever;
    return;
  }
  const double delay_seconds = draw_actuation();
  effect_seconds_ = now_seconds + delay_seconds;
  if (delay_seconds == 0.0) take_effect();
}

double ClockedDomain::draw_actuation() {
  const std::size_t levels = domain_->frequencies_hz.size();
  const bool is_low = 2 * static_cast<std::size_t>(effective_) + 1 < levels;  // not the middle one
  return is_low && low_actuation_ ? low_actuation_->next() : actuation_.next();
}

void ClockedDomain::take_effect() {
  effective_ = target_;
  effect_seconds_ = kNever;
}

void ClockedDomain::set_user_limits(double now_seconds, std::optional<LevelRange> range) {
  user_ = range;
  update_limits(now_seconds);
}

void ClockedDomain::set_lease_limits(double now_seconds, std::optional<LevelRange> range) {
  lease_ = range;
  update_limits(now_seconds);
}

void ClockedDomain::set_lock(double now_seconds, std::optional<Level> level) {
  lock_.reset();
  if (level) lock_ = LevelRange{*level, *level};
  update_limits(now_seconds);
}

void ClockedDomain::set_thermal_ceiling(double now_seconds, std::optional<Level> ceiling) {
  thermal_ceiling_ = ceiling;
  update_limits(now_seconds);
}

void ClockedDomain::set_throttle(double now_seconds, std::optional<Level> ceiling) {
  throttle_ = ceiling;
  aim(now_seconds);
}

void ClockedDomain::update_limits(double now_seconds) {
  Level floor = mode_.floor;
  Level ceiling = mode_.ceiling;
  for (const auto& range : {user_, lease_, lock_}) {
    if (!range) continue;
    floor = std::max(floor, range->floor);
    ceiling = std::min(ceiling, range->ceiling);
  }
  if (thermal_ceiling_) ceiling = std::min(ceiling, *thermal_ceiling_);
  limits_ = {std::min(floor, ceiling), ceiling};
  follow(now_seconds);
}

}  // namespace flyball
