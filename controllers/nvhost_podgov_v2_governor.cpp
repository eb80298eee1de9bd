#include "controllers/nvhost_podgov_v2_governor.h"

#include <algorithm>

namespace flyball {

void NvhostPodgovV2Governor::reset(const GovernorScope& scope) {
  domain_.emplace(scope, name(), std::initializer_list<DomainKind>{DomainKind::kGpu});
  load_ = {};
  average_ = 0;
}

Decision NvhostPodgovV2Governor::decide(const GovernorInput& input) {
  const DomainTelemetry* shown = domain_.value().find(input.telemetry);
  const LevelRange limits = domain_->limits(shown);
  if (shown == nullptr || !shown->busy_seconds) {
    return ResidentDomain::pin(limits.ceiling, limits);  // unknown state: performance
  }
  const auto load = load_.take(*shown, input.telemetry.domains.time_seconds());
  if (!load) return domain_->hold(shown);
  const std::int64_t weight = std::int64_t{1} << tunables_.k;
  average_ = (average_ * (weight - 1) + load->permille()) / weight;
  const std::int64_t index = level_nearest(domain_->table(), *shown->requested_hz);
  return ResidentDomain::pin(static_cast<Level>(wanted_index(index, load->permille())), limits);
}

std::int64_t NvhostPodgovV2Governor::wanted_index(std::int64_t index, std::int64_t load) const {
  const auto last = static_cast<std::int64_t>(domain_->table().size()) - 1;
  if (load >= tunables_.load_max) return last;
  if (average_ > tunables_.load_target) return std::min(last, index + tunables_.up_freq_margin);
  const std::int64_t low = std::max<std::int64_t>(0, tunables_.load_target - tunables_.load_margin);
  if (average_ < low) return std::max<std::int64_t>(0, index - tunables_.down_freq_margin);
  return index;
}

}  // namespace flyball
