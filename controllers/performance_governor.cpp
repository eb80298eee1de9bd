#include "controllers/performance_governor.h"

namespace flyball {

void PerformanceGovernor::reset(const GovernorScope& scope) {
  domain_.emplace(
      scope, name(),
      std::initializer_list<DomainKind>{DomainKind::kCpu, DomainKind::kGpu, DomainKind::kEmc});
}

Decision PerformanceGovernor::decide(const GovernorInput& input) {
  const LevelRange limits = domain_.value().limits(domain_->find(input.telemetry));
  return ResidentDomain::pin(limits.ceiling, limits);
}

}  // namespace flyball
