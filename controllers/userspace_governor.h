// The kernel's `userspace`: the frequency that somebody set, or the one found. Not thread-safe.
#pragma once

#include <optional>

#include "controllers/resident_domain.h"
#include "env/governor.h"

namespace flyball {

class UserspaceGovernor final : public Governor {
 public:
  std::string_view name() const override { return "userspace"; }
  // Forgets the frequency set as well.
  void reset(const GovernorScope& scope) override;
  Decision decide(const GovernorInput& input) override;
  Period period() const override { return {0.1, false}; }

  // As written to scaling_setspeed or set_freq. The lowest table entry at or above it is used.
  void set_speed(double hz) { set_hz_ = hz; }

 private:
  std::optional<ResidentDomain> domain_;
  std::optional<double> set_hz_;
};

}  // namespace flyball
