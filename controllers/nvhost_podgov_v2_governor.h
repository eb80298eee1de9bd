// The GPU's devfreq governor of JetPack 7 (nvhost_podgov there, too; the "v2" algorithm): steps in
// the table by the average load. Not thread-safe. Integer arithmetic as in the kernel. Not to be
// mistaken for POD_SCALING_V2 of kernel 5.10, which is the algorithm of nvhost_podgov_governor.h.
#pragma once

#include <cstdint>
#include <optional>

#include "controllers/devfreq_load.h"
#include "controllers/resident_domain.h"
#include "env/governor.h"

namespace flyball {

struct PodgovV2Tunables {
  std::int64_t load_target = 700;     // permille: above it up
  std::int64_t load_margin = 100;     // permille: so much below it down
  std::int64_t load_max = 900;        // permille of the moment: from there on the highest
  std::int64_t up_freq_margin = 4;    // levels at once
  std::int64_t down_freq_margin = 1;  // levels at once
  int k = 3;                          // the average's past weighs 2^k - 1 against 1
  double polling_seconds = 0.025;
};

class NvhostPodgovV2Governor final : public Governor {
 public:
  explicit NvhostPodgovV2Governor(const PodgovV2Tunables& tunables = {}) : tunables_(tunables) {}

  std::string_view name() const override { return "nvhost_podgov_v2"; }
  void reset(const GovernorScope& scope) override;
  Decision decide(const GovernorInput& input) override;
  Period period() const override { return {tunables_.polling_seconds, true}; }

 private:
  std::int64_t wanted_index(std::int64_t index, std::int64_t load) const;

  PodgovV2Tunables tunables_;
  std::optional<ResidentDomain> domain_;
  DevfreqLoadSampler load_;
  std::int64_t average_ = 0;  // permille
};

}  // namespace flyball
