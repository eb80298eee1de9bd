#include "controllers/simple_ondemand_governor.h"

#include <cmath>

namespace flyball {

namespace {

// From there on the kernel counts in units of 128: its products must not overflow.
constexpr std::int64_t kGreatest = std::int64_t{1} << 24;

}  // namespace

void SimpleOndemandGovernor::reset(const GovernorScope& scope) {
  domain_.emplace(scope, name(), std::initializer_list<DomainKind>{DomainKind::kGpu});
  load_ = {};
}

Decision SimpleOndemandGovernor::decide(const GovernorInput& input) {
  const DomainTelemetry* shown = domain_.value().find(input.telemetry);
  const LevelRange limits = domain_->limits(shown);
  const Decision highest = ResidentDomain::pin(limits.ceiling, limits);
  if (shown == nullptr || !shown->busy_seconds) return highest;
  std::optional<DevfreqLoad> load = load_.take(*shown, input.telemetry.domains.time_seconds());
  const std::int64_t current_hz = std::llround(*shown->requested_hz);
  if (!load || current_hz <= 0) return highest;
  if (load->busy_us >= kGreatest || load->total_us >= kGreatest) {
    load->busy_us >>= 7;
    load->total_us >>= 7;
  }
  const std::int64_t busy = 100 * load->busy_us;
  const std::int64_t down_threshold = tunables_.up_threshold - tunables_.down_differential;
  if (busy > load->total_us * tunables_.up_threshold) return highest;
  if (busy > load->total_us * down_threshold) return domain_->hold(shown);
  const std::int64_t wanted_hz = load->busy_us * current_hz / load->total_us * 100 /
                                 (tunables_.up_threshold - tunables_.down_differential / 2);
  return ResidentDomain::pin(level_at_least(domain_->table(), static_cast<double>(wanted_hz)),
                             limits);
}

}  // namespace flyball
