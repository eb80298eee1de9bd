#include "controllers/shadow_governor.h"

#include <optional>
#include <span>

namespace flyball {

ShadowGovernor::ShadowGovernor(LearnedGovernor& policy) : policy_(policy) {
  for (const PolicyKnob& knob : policy.metadata().knobs) {
    report_.knobs.push_back(
        {knob.name, knob.levels, std::vector<std::uint64_t>(knob.levels.size())});
  }
  wanted_.reserve(report_.knobs.size());
}

void ShadowGovernor::reset(const GovernorScope& scope) {
  policy_.reset(scope);
  knobs_ = scope.knobs;
  limits_ = scope.limits;
}

Decision ShadowGovernor::decide(const GovernorInput& input) {
  static_cast<void>(policy_.decide(input));
  const std::span<const Level> wanted = policy_.last_action();
  wanted_.assign(wanted.begin(), wanted.end());
  if (!wanted_.empty()) {
    const Setting asked = policy_.setting_of(wanted_);
    bool is_same = true;
    for (std::size_t k = 0; k < wanted_.size(); ++k) {
      ++report_.knobs[k].wanted[wanted_[k]];
      const std::optional<Level> level = effective_level(knobs_[k], input.telemetry);
      is_same &= level && *level >= asked[k].floor && *level <= asked[k].ceiling;
    }
    ++report_.decisions;
    report_.same += is_same ? 1 : 0;
  }
  policy_.forget_action();
  return {full_range(limits_), DecidedBy::kResident, {}};
}

}  // namespace flyball
