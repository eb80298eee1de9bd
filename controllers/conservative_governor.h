// The kernel's conservative on one cpufreq policy: one step up above a load threshold, one down
// below another, in between as it is. Not thread-safe. Described in kernel 5.10's
// cpufreq_conservative.c and cpufreq_governor.c; integer arithmetic as there. Left out:
// ignore_nice_load (0 by default).
#pragma once

#include <cstdint>
#include <optional>

#include "controllers/policy_load.h"
#include "controllers/resident_domain.h"
#include "env/governor.h"

namespace flyball {

struct ConservativeTunables {
  int up_threshold = 80;         // percent; above it a step up
  int down_threshold = 20;       // percent; below it a step down
  int freq_step = 5;             // percent of the highest frequency allowed; 0 never moves
  int sampling_down_factor = 1;  // samples between two looks at whether to go down
  double sampling_rate_seconds = 0.01;
};

class ConservativeGovernor final : public Governor {
 public:
  explicit ConservativeGovernor(const ConservativeTunables& tunables = {});

  std::string_view name() const override { return "conservative"; }
  void reset(const GovernorScope& scope) override;
  Decision decide(const GovernorInput& input) override;
  // Driven by the scheduler's updates: it stalls while every CPU sleeps.
  Period period() const override { return {tunables_.sampling_rate_seconds, true}; }

 private:
  // The limits in force and one step between them.
  struct Bounds {
    LevelRange levels;
    std::int64_t min_khz;
    std::int64_t max_khz;
    std::int64_t step_khz;
  };
  Bounds bounds(const LevelRange& limits) const;
  std::int64_t starting_khz(const DomainTelemetry& shown, const Bounds& bounds);
  Decision step(std::int64_t from_khz, std::int64_t percent, const Bounds& bounds,
                const Decision& held);

  ConservativeTunables tunables_;
  std::optional<ResidentDomain> domain_;
  PolicyLoadSampler load_;
  // What the steps add up to, between the table's entries too. Absent: where the domain stands.
  std::optional<std::int64_t> requested_khz_;
  int down_skip_ = 0;  // samples since the last look at whether to go down
};

}  // namespace flyball
