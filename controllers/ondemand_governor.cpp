#include "controllers/ondemand_governor.h"

#include <algorithm>
#include <cmath>

namespace flyball {

OndemandGovernor::OndemandGovernor(const OndemandTunables& tunables) : tunables_(tunables) {}

void OndemandGovernor::reset(const GovernorScope& scope) {
  domain_.emplace(scope, name(), std::initializer_list<DomainKind>{DomainKind::kCpu});
  load_ = PolicyLoadSampler(domain_->domain().cpus, tunables_.iowait);
  rate_multiplier_ = 1;
  skip_ = 0;
}

Decision OndemandGovernor::decide(const GovernorInput& input) {
  const Telemetry& telemetry = input.telemetry;
  const DomainTelemetry* shown = domain_.value().find(telemetry);
  const LevelRange limits = domain_->limits(shown);
  if (skip_ > 0) {
    --skip_;
    return domain_->hold(shown);
  }
  if (shown == nullptr || !load_.take(telemetry)) {
    return ResidentDomain::pin(limits.ceiling, limits);  // unknown state: performance
  }
  const std::optional<PolicyLoad> load =
      load_.load(tunables_.sampling_rate_seconds * rate_multiplier_);
  if (!load) return domain_->hold(shown);
  if (load->percent > tunables_.up_threshold) {
    const Level now = level_nearest(domain_->table(), *shown->requested_hz);
    if (now < limits.ceiling) rate_multiplier_ = tunables_.sampling_down_factor;
    skip_ = rate_multiplier_ - 1;
    return ResidentDomain::pin(limits.ceiling, limits);
  }
  rate_multiplier_ = 1;
  const std::int64_t min_khz = std::llround(domain_->table().front() / 1e3);
  const std::int64_t max_khz = std::llround(domain_->table().back() / 1e3);
  const std::int64_t next_khz = min_khz + load->percent * (max_khz - min_khz) / 100;
  // The kernel moves the target into the limits first and looks for the closest entry then.
  const double next_hz = std::clamp(static_cast<double>(next_khz) * 1e3, domain_->hz(limits.floor),
                                    domain_->hz(limits.ceiling));
  return ResidentDomain::pin(level_nearest(domain_->table(), next_hz), limits);
}

}  // namespace flyball
