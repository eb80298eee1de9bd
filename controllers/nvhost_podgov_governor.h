// nvhost_podgov, the GPU's devfreq governor on every Jetson up to JetPack 6 (L4T r36.4.2; the "v1"
// algorithm). Not thread-safe. Integer arithmetic as in the kernel, truncating toward zero: Hz and
// microseconds outside, MHz inside.
//
// Every poll averages the work (cycles_avg); at most once per block window after a change it boosts
// the frequency in proportion to how far the average load lies from the target, damped by the
// average of its own former answers, or by a third of the maximum when the load of the moment is
// above load_max. When nothing changes, nothing is remembered of it: the block window is counted
// from the last change. Left out: the load history (off in every build) and suspend, which the
// telemetry does not show.
#pragma once

#include <cstdint>
#include <optional>

#include "controllers/devfreq_load.h"
#include "controllers/resident_domain.h"
#include "env/governor.h"

namespace flyball {

struct PodgovTunables {
  std::int64_t load_max = 900;     // permille: above it, the full boost
  std::int64_t load_target = 700;  // permille
  std::int64_t bias = 80;          // percent: strength of the boost
  std::int64_t smooth = 10;        // weight of the averages' past against 1
  std::int64_t damp = 7;           // of 10: weight of the new answer against the average
  std::int64_t block_window_us = 50000;
  double polling_seconds = 0.025;
};

class NvhostPodgovGovernor final : public Governor {
 public:
  explicit NvhostPodgovGovernor(const PodgovTunables& tunables = {});

  std::string_view name() const override { return "nvhost_podgov"; }
  void reset(const GovernorScope& scope) override;
  Decision decide(const GovernorInput& input) override;
  // devfreq polls by a deferrable timer: it stalls while nothing is awake, and the frequency stays
  // at what the last busy spell asked for.
  Period period() const override { return {tunables_.polling_seconds, true}; }

 private:
  std::int64_t wanted_mhz(std::int64_t current_hz, std::int64_t load_permille,
                          std::int64_t max_limit_hz);

  PodgovTunables tunables_;
  std::optional<ResidentDomain> domain_;
  DevfreqLoadSampler load_;
  std::int64_t cycles_avg_ = 0;                // Hz of busy clock
  std::int64_t freq_avg_ = 0;                  // MHz
  std::optional<std::int64_t> last_scale_us_;  // absent before the first poll
};

}  // namespace flyball
