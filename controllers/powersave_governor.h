// The kernel's `powersave` (cpufreq): the lowest frequency allowed. Not thread-safe.
#pragma once

#include <optional>

#include "controllers/resident_domain.h"
#include "env/governor.h"

namespace flyball {

class PowersaveGovernor final : public Governor {
 public:
  std::string_view name() const override { return "powersave"; }
  void reset(const GovernorScope& scope) override;
  Decision decide(const GovernorInput& input) override;
  // The kernel acts when the limits change; looking now and then comes to the same.
  Period period() const override { return {0.1, false}; }

 private:
  std::optional<ResidentDomain> domain_;
};

}  // namespace flyball
