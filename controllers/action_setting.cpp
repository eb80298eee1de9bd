#include "controllers/action_setting.h"

#include <algorithm>

namespace flyball {

ActionSetting::ActionSetting(std::span<const Knob> knobs, std::span<const LevelRange> limits,
                             std::span<const std::string> caps)
    : limits_(limits.begin(), limits.end()), is_capped_(knobs.size(), false) {
  for (const std::string& name : caps) is_capped_[find_knob(knobs, name)] = true;
}

Setting ActionSetting::of(std::span<const Level> levels) const {
  Setting setting = Setting::pinned(levels);
  for (std::size_t k = 0; k < levels.size(); ++k) {
    if (is_capped_[k]) setting[k].floor = std::min(limits_[k].floor, levels[k]);
  }
  return setting;
}

}  // namespace flyball
