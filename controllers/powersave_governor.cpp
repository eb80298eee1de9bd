#include "controllers/powersave_governor.h"

namespace flyball {

void PowersaveGovernor::reset(const GovernorScope& scope) {
  domain_.emplace(scope, name(), std::initializer_list<DomainKind>{DomainKind::kCpu});
}

Decision PowersaveGovernor::decide(const GovernorInput& input) {
  const LevelRange limits = domain_.value().limits(domain_->find(input.telemetry));
  return ResidentDomain::pin(limits.floor, limits);
}

}  // namespace flyball
