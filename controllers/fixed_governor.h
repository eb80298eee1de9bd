// One setting for ever, by lease: what a user gets by pinning the clocks. Not thread-safe.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "env/governor.h"

namespace flyball {

class FixedGovernor final : public Governor {
 public:
  // Values by knob name, in the knob's unit (hertz; requests for "batch"); each is moved to the
  // nearest level that is allowed. A leased knob without a value keeps its full range.
  explicit FixedGovernor(std::map<std::string, double> values);

  std::string_view name() const override { return "fixed"; }
  // Throws std::invalid_argument when a value names no knob of the scope, or lies beyond its table.
  void reset(const GovernorScope& scope) override;
  Decision decide(const GovernorInput& input) override;
  Period period() const override { return {1.0, false}; }

 private:
  std::map<std::string, double> values_;
  Setting setting_;
};

}  // namespace flyball
