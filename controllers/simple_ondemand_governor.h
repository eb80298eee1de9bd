// simple_ondemand, devfreq's own governor: the highest frequency above one load, the frequency that
// brings the load there below another, in between as it is. Not thread-safe. Described in the
// kernel's governor_simpleondemand.c; integer arithmetic as there.
#pragma once

#include <cstdint>
#include <optional>

#include "controllers/devfreq_load.h"
#include "controllers/resident_domain.h"
#include "env/governor.h"

namespace flyball {

struct SimpleOndemandTunables {
  std::int64_t up_threshold = 90;      // percent
  std::int64_t down_differential = 5;  // percent: so much below it the frequency is lowered
  double polling_seconds = 0.025;
};

class SimpleOndemandGovernor final : public Governor {
 public:
  explicit SimpleOndemandGovernor(const SimpleOndemandTunables& tunables = {})
      : tunables_(tunables) {}

  std::string_view name() const override { return "simple_ondemand"; }
  void reset(const GovernorScope& scope) override;
  Decision decide(const GovernorInput& input) override;
  // Polled by a deferrable timer, which stalls while nothing is awake.
  Period period() const override { return {tunables_.polling_seconds, true}; }

 private:
  SimpleOndemandTunables tunables_;
  std::optional<ResidentDomain> domain_;
  DevfreqLoadSampler load_;
};

}  // namespace flyball
