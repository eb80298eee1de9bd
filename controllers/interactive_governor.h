// interactive, the cpufreq governor of JetPack 3 and 4 (kernel 4.4 and 4.9): straight to a high
// frequency under full load, and back down only after a while. Not thread-safe. Described in
// NVIDIA's cpufreq_interactive.c of kernel 4.9; integer arithmetic as there.
//
// Every CPU chooses for itself and the policy takes the highest. Left out: boost pulses, which
// somebody has to ask for, waking a CPU that idles above the lowest frequency (timer_slack), and a
// target load by frequency (one for all by default).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "controllers/cpu_windows.h"
#include "controllers/resident_domain.h"
#include "env/governor.h"

namespace flyball {

struct InteractiveTunables {
  std::int64_t go_hispeed_load = 99;             // percent: from there on hispeed_freq at once
  std::optional<std::int64_t> hispeed_freq_khz;  // absent: the highest allowed
  std::int64_t target_load = 90;                 // percent, otherwise
  std::int64_t min_sample_time_us = 80000;       // no lower before a choice is so old
  std::int64_t above_hispeed_delay_us = 20000;   // from hispeed_freq further up after so long
  double timer_rate_seconds = 0.02;
};

class InteractiveGovernor final : public Governor {
 public:
  explicit InteractiveGovernor(const InteractiveTunables& tunables = {}) : tunables_(tunables) {}

  std::string_view name() const override { return "interactive"; }
  void reset(const GovernorScope& scope) override;
  Decision decide(const GovernorInput& input) override;
  // A deferrable timer per CPU: it stalls while every CPU sleeps.
  Period period() const override { return {tunables_.timer_rate_seconds, true}; }

 private:
  // What one CPU chose, and since when.
  struct Choice {
    std::int64_t target_khz = 0;
    std::int64_t floor_khz = 0;
    std::int64_t floor_since_us = 0;
    std::int64_t hispeed_since_us = 0;
  };
  void choose(Choice& choice, const CpuWindow& window, std::int64_t now_us,
              std::int64_t hispeed_khz);
  // The lowest of the table that is at least that, moved into the limits.
  std::int64_t lowest_from(std::int64_t khz) const;

  InteractiveTunables tunables_;
  std::optional<ResidentDomain> domain_;
  LevelRange limits_;
  std::int64_t current_khz_ = 0;
  CpuWindows cpus_;
  std::vector<Choice> choices_;  // one per CPU; a target of 0: none yet, or offline
};

}  // namespace flyball
