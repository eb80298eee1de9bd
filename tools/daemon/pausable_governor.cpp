#include "tools/daemon/pausable_governor.h"

#include <utility>

namespace flyball {

void PausableGovernor::reset(const GovernorScope& scope) {
  inner_.reset(scope);
  scope_ = scope;
}

Decision PausableGovernor::decide(const GovernorInput& input) {
  const bool is_over = std::exchange(was_paused_, is_paused_) && !is_paused_;
  if (is_paused_) return {full_range(scope_.limits), DecidedBy::kResident, {}};
  if (is_over) inner_.reset(scope_);
  return inner_.decide(input);
}

}  // namespace flyball
