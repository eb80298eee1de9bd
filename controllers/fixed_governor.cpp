#include "controllers/fixed_governor.h"

#include <algorithm>

namespace flyball {

FixedGovernor::FixedGovernor(std::map<std::string, double> values) : values_(std::move(values)) {}

void FixedGovernor::reset(const GovernorScope& scope) {
  setting_ = full_range(scope.limits);
  for (const auto& [knob_name, value] : values_) {
    const std::size_t k = find_knob(scope.knobs, knob_name);
    const LevelRange& limits = scope.limits[k];
    const Level level =
        std::clamp(level_nearest(scope.knobs[k].levels, value), limits.floor, limits.ceiling);
    setting_[k] = {level, level};
  }
}

Decision FixedGovernor::decide(const GovernorInput&) { return {setting_}; }

}  // namespace flyball
