#include "controllers/conservative_governor.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace flyball {

namespace {

constexpr std::int64_t kLeastStepKhz = 5;  // the kernel's, where the percentage comes to nothing

std::int64_t kilohertz(double hz) { return std::llround(hz / 1e3); }

// The kernel's relations H and L, with the table's entries in whole kilohertz as it has them.
Level highest_up_to(std::int64_t khz, std::span<const double> table) {
  return level_at_most(table, (static_cast<double>(khz) + 0.5) * 1e3);
}

Level lowest_from(std::int64_t khz, std::span<const double> table) {
  return level_at_least(table, (static_cast<double>(khz) - 0.5) * 1e3);
}

}  // namespace

ConservativeGovernor::ConservativeGovernor(const ConservativeTunables& tunables)
    : tunables_(tunables) {}

void ConservativeGovernor::reset(const GovernorScope& scope) {
  domain_.emplace(scope, name(), std::initializer_list<DomainKind>{DomainKind::kCpu});
  load_ = PolicyLoadSampler(domain_->domain().cpus);
  requested_khz_.reset();
  down_skip_ = 0;
}

Decision ConservativeGovernor::decide(const GovernorInput& input) {
  const Telemetry& telemetry = input.telemetry;
  const DomainTelemetry* shown = domain_.value().find(telemetry);
  const LevelRange limits = domain_->limits(shown);
  if (shown == nullptr || !load_.take(telemetry)) {
    requested_khz_.reset();
    return ResidentDomain::pin(limits.ceiling, limits);  // unknown state: performance
  }
  const Decision held = domain_->hold(shown);
  const std::optional<PolicyLoad> load = load_.load(tunables_.sampling_rate_seconds);
  if (!load || tunables_.freq_step == 0) return held;
  const Bounds bounds = this->bounds(limits);
  std::int64_t from_khz = starting_khz(*shown, bounds);
  // One step down for every sample that sleep left out. Forgotten again unless a step follows.
  if (load->idle_periods) {
    from_khz = std::max(from_khz - *load->idle_periods * bounds.step_khz, bounds.min_khz);
  }
  return step(from_khz, load->percent, bounds, held);
}

ConservativeGovernor::Bounds ConservativeGovernor::bounds(const LevelRange& limits) const {
  const std::int64_t max_khz = kilohertz(domain_->hz(limits.ceiling));
  const std::int64_t step_khz = tunables_.freq_step * max_khz / 100;
  return {limits, kilohertz(domain_->hz(limits.floor)), max_khz,
          step_khz > 0 ? step_khz : kLeastStepKhz};
}

// Out of bounds means that the limits have moved: it starts afresh from where the domain stands.
std::int64_t ConservativeGovernor::starting_khz(const DomainTelemetry& shown,
                                                const Bounds& bounds) {
  if (!requested_khz_ || *requested_khz_ > bounds.max_khz || *requested_khz_ < bounds.min_khz) {
    requested_khz_ = std::clamp(kilohertz(*shown.requested_hz), bounds.min_khz, bounds.max_khz);
  }
  return *requested_khz_;
}

Decision ConservativeGovernor::step(std::int64_t from_khz, std::int64_t percent,
                                    const Bounds& bounds, const Decision& held) {
  if (percent > tunables_.up_threshold) {
    down_skip_ = 0;
    if (from_khz == bounds.max_khz) return held;
    requested_khz_ = std::min(from_khz + bounds.step_khz, bounds.max_khz);
    return ResidentDomain::pin(highest_up_to(*requested_khz_, domain_->table()), bounds.levels);
  }
  if (++down_skip_ < tunables_.sampling_down_factor) return held;
  down_skip_ = 0;
  if (percent >= tunables_.down_threshold || from_khz == bounds.min_khz) return held;
  requested_khz_ = from_khz > bounds.step_khz ? from_khz - bounds.step_khz : bounds.min_khz;
  return ResidentDomain::pin(lowest_from(*requested_khz_, domain_->table()), bounds.levels);
}

}  // namespace flyball
