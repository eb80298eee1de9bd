#include "controllers/emc_actmon_governor.h"

#include <algorithm>

namespace flyball {

EmcActmonGovernor::EmcActmonGovernor(const EmcActmonTunables& tunables) : tunables_(tunables) {}

void EmcActmonGovernor::reset(const GovernorScope& scope) {
  domain_.emplace(scope, name(), std::initializer_list<DomainKind>{DomainKind::kEmc});
  gpu_.reset();
  for (std::size_t d = 0; d < scope.plant->domains.size(); ++d) {
    if (scope.plant->domains[d].kind == DomainKind::kGpu) gpu_ = d;
  }
  last_time_seconds_.reset();
  last_busy_seconds_ = 0.0;
  average_hz_ = 0.0;
}

Decision EmcActmonGovernor::decide(const GovernorInput& input) {
  const Telemetry& telemetry = input.telemetry;
  const DomainTelemetry* shown = domain_.value().find(telemetry);
  const LevelRange limits = domain_->limits(shown);
  const std::optional<double> gpu = gpu_hz(telemetry);
  if (shown == nullptr || !shown->busy_seconds || !gpu) {
    return ResidentDomain::pin(limits.ceiling, limits);  // unknown state: performance
  }
  follow_activity(*shown, telemetry.domains.time_seconds());
  const double wanted_hz = std::max(
      {tunables_.floor_hz, tunables_.gpu_ratio * *gpu, average_hz_ / tunables_.load_target});
  return ResidentDomain::pin(level_at_least(domain_->table(), wanted_hz), limits);
}

void EmcActmonGovernor::follow_activity(const DomainTelemetry& shown, double time_seconds) {
  const std::optional<double> begin = last_time_seconds_;
  const double busy = *shown.busy_seconds - last_busy_seconds_;
  last_time_seconds_ = time_seconds;
  last_busy_seconds_ = *shown.busy_seconds;
  if (!begin || time_seconds <= *begin) return;
  const double load = std::clamp(busy / (time_seconds - *begin), 0.0, 1.0);
  const double boost = load > tunables_.load_max ? tunables_.boost : 1.0;
  const double activity_hz = boost * load * *shown.effective_hz;
  average_hz_ = (tunables_.smooth * average_hz_ + activity_hz) / (tunables_.smooth + 1.0);
}

// 0 on a board without a GPU; absent while its clock is not shown.
std::optional<double> EmcActmonGovernor::gpu_hz(const Telemetry& telemetry) const {
  if (!gpu_) return 0.0;
  if (!telemetry.domains || *gpu_ >= telemetry.domains->size()) return std::nullopt;
  return (*telemetry.domains)[*gpu_].effective_hz;
}

}  // namespace flyball
