// The one domain that a resident governs, and the limits on it. A value; refers to the plant's
// description.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

#include "env/governor.h"

namespace flyball {

class ResidentDomain {
 public:
  // Throws std::invalid_argument, in `governor`'s name, unless the scope is one knob over one
  // domain of one of these kinds.
  ResidentDomain(const GovernorScope& scope, std::string_view governor,
                 std::initializer_list<DomainKind> kinds);

  const Domain& domain() const { return *domain_; }
  std::span<const double> table() const { return domain_->frequencies_hz; }
  double hz(Level level) const { return domain_->frequencies_hz[level]; }

  // Null while the telemetry does not show the domain's clocks.
  const DomainTelemetry* find(const Telemetry& telemetry) const;

  // The levels allowed now: the floor rounded up, the ceiling down, the ceiling wins. Without
  // telemetry (null) those of the scope.
  LevelRange limits(const DomainTelemetry* shown) const;

  // Pins the level, moved into the limits.
  static Decision pin(Level level, const LevelRange& limits);
  // Pins what was asked for last; the ceiling when nobody knows.
  Decision hold(const DomainTelemetry* shown) const;

 private:
  const Domain* domain_;
  std::size_t index_;
  LevelRange scope_limits_;
};

}  // namespace flyball
