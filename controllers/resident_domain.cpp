#include "controllers/resident_domain.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace flyball {

namespace {

std::size_t only_domain(const GovernorScope& scope, std::string_view governor) {
  if (scope.plant == nullptr || scope.knobs.size() != 1 || scope.limits.size() != 1 ||
      scope.knobs[0].domains.size() != 1 ||
      scope.knobs[0].domains[0] >= scope.plant->domains.size()) {
    throw std::invalid_argument(
        fmt::format("{} governs exactly one domain, as a resident; it cannot lease", governor));
  }
  return scope.knobs[0].domains[0];
}

}  // namespace

ResidentDomain::ResidentDomain(const GovernorScope& scope, std::string_view governor,
                               std::initializer_list<DomainKind> kinds)
    : index_(only_domain(scope, governor)), scope_limits_(scope.limits[0]) {
  domain_ = &scope.plant->domains[index_];
  if (std::find(kinds.begin(), kinds.end(), domain_->kind) == kinds.end()) {
    throw std::invalid_argument(fmt::format("{} does not govern {} domains such as '{}'", governor,
                                            to_string(domain_->kind), domain_->name));
  }
}

const DomainTelemetry* ResidentDomain::find(const Telemetry& telemetry) const {
  if (!telemetry.domains || index_ >= telemetry.domains->size()) return nullptr;
  const DomainTelemetry& shown = (*telemetry.domains)[index_];
  return shown.requested_hz && shown.effective_hz ? &shown : nullptr;
}

LevelRange ResidentDomain::limits(const DomainTelemetry* shown) const {
  if (shown == nullptr) return scope_limits_;
  const Level ceiling = level_at_most(table(), shown->ceiling_hz);
  return {std::min(level_at_least(table(), shown->floor_hz), ceiling), ceiling};
}

Decision ResidentDomain::pin(Level level, const LevelRange& limits) {
  const Level allowed = std::clamp(level, limits.floor, limits.ceiling);
  return {Setting::pinned({&allowed, 1})};
}

Decision ResidentDomain::hold(const DomainTelemetry* shown) const {
  const LevelRange range = limits(shown);
  if (shown == nullptr) return pin(range.ceiling, range);
  return pin(level_nearest(table(), *shown->requested_hz), range);
}

}  // namespace flyball
