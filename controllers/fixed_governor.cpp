#include "controllers/fixed_governor.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace flyball {

namespace {

// Beyond the table's ends by more than this, another board or unit is meant.
constexpr double kBeyond = 0.01;

void require_in_table(const std::string& name, const std::vector<double>& levels, double value) {
  const bool is_below = value < levels.front() * (1.0 - kBeyond);
  const bool is_above = value > levels.back() * (1.0 + kBeyond);
  if (!is_below && !is_above) return;
  throw std::invalid_argument(fmt::format("fixed {} = {:g}: the table goes from {:g} to {:g}", name,
                                          value, levels.front(), levels.back()));
}

}  // namespace

FixedGovernor::FixedGovernor(std::map<std::string, double> values) : values_(std::move(values)) {}

void FixedGovernor::reset(const GovernorScope& scope) {
  setting_ = full_range(scope.limits);
  for (const auto& [knob_name, value] : values_) {
    const std::size_t k = find_knob(scope.knobs, knob_name);
    const std::vector<double>& levels = scope.knobs[k].levels;
    require_in_table(knob_name, levels, value);
    const LevelRange& limits = scope.limits[k];
    const Level level = std::clamp(level_nearest(levels, value), limits.floor, limits.ceiling);
    setting_[k] = {level, level};
  }
}

Decision FixedGovernor::decide(const GovernorInput&) { return {setting_}; }

}  // namespace flyball
