#include "controllers/userspace_governor.h"

namespace flyball {

void UserspaceGovernor::reset(const GovernorScope& scope) {
  domain_.emplace(scope, name(),
                  std::initializer_list<DomainKind>{DomainKind::kCpu, DomainKind::kGpu});
  set_hz_.reset();
}

Decision UserspaceGovernor::decide(const GovernorInput& input) {
  const DomainTelemetry* shown = domain_.value().find(input.telemetry);
  if (!set_hz_) return domain_->hold(shown);
  return ResidentDomain::pin(level_at_least(domain_->table(), *set_hz_), domain_->limits(shown));
}

}  // namespace flyball
