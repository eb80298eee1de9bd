#include "controllers/nvhost_podgov_governor.h"

#include <algorithm>
#include <cmath>

namespace flyball {

namespace {

constexpr std::int64_t kMega = 1000000;

std::int64_t microseconds(double seconds) { return std::llround(seconds * 1e6); }

}  // namespace

NvhostPodgovGovernor::NvhostPodgovGovernor(const PodgovTunables& tunables) : tunables_(tunables) {}

void NvhostPodgovGovernor::reset(const GovernorScope& scope) {
  domain_.emplace(scope, name(), std::initializer_list<DomainKind>{DomainKind::kGpu});
  load_ = {};
  cycles_avg_ = 0;
  freq_avg_ = 0;
  last_scale_us_.reset();
}

Decision NvhostPodgovGovernor::decide(const GovernorInput& input) {
  const Telemetry& telemetry = input.telemetry;
  const DomainTelemetry* shown = domain_.value().find(telemetry);
  const LevelRange limits = domain_->limits(shown);
  if (shown == nullptr || !shown->busy_seconds) {
    return ResidentDomain::pin(limits.ceiling, limits);  // unknown state: performance
  }
  const std::int64_t now_us = microseconds(telemetry.domains.time_seconds());
  if (!last_scale_us_) last_scale_us_ = now_us;
  const std::optional<DevfreqLoad> load = load_.take(*shown, telemetry.domains.time_seconds());
  const std::int64_t current_hz = std::llround(*shown->requested_hz);
  if (!load || current_hz <= 0) return domain_->hold(shown);

  const std::int64_t smooth = tunables_.smooth;
  const std::int64_t work_hz = current_hz * load->busy_us / load->total_us;
  cycles_avg_ = (cycles_avg_ * smooth + work_hz) / (smooth + 1);
  if (now_us - *last_scale_us_ < tunables_.block_window_us) return domain_->hold(shown);

  const std::int64_t max_limit_hz = std::llround(domain_->hz(limits.ceiling));
  const std::int64_t min_limit_hz = std::llround(domain_->hz(limits.floor));
  const std::int64_t wanted_hz = std::clamp(
      wanted_mhz(current_hz, load->permille(), max_limit_hz) * kMega, min_limit_hz, max_limit_hz);
  const Level level = level_at_least(domain_->table(), static_cast<double>(wanted_hz));
  if (std::llround(domain_->hz(level)) == current_hz) return domain_->hold(shown);
  last_scale_us_ = now_us;
  return ResidentDomain::pin(level, limits);
}

std::int64_t NvhostPodgovGovernor::wanted_mhz(std::int64_t current_hz, std::int64_t load_permille,
                                              std::int64_t max_limit_hz) {
  const std::int64_t freq = current_hz / kMega;
  const std::int64_t max_boost = max_limit_hz / 3 / kMega;
  std::int64_t boost = max_boost;
  std::int64_t damp = 10;
  if (load_permille <= tunables_.load_max) {
    const std::int64_t busyness = 1000 * cycles_avg_ / current_hz;
    boost =
        (busyness - tunables_.load_target) * tunables_.bias * freq / (100 * tunables_.load_target);
    boost = std::min(boost, max_boost);
    damp = tunables_.damp;
  }
  const std::int64_t wanted = freq + boost;
  freq_avg_ = (freq_avg_ * tunables_.smooth + wanted) / (tunables_.smooth + 1);
  return (damp * wanted + (10 - damp) * freq_avg_) / 10;
}

}  // namespace flyball
