#include "controllers/action_setting.h"

#include <algorithm>

namespace flyball {

ActionSetting::ActionSetting(std::span<const Knob> knobs, std::span<const LevelRange> limits,
                             std::span<const std::string> caps)
    : limits_(limits.begin(), limits.end()) {
  for (const Knob& knob : knobs) {
    is_capped_.push_back(std::find(caps.begin(), caps.end(), knob.name) != caps.end());
  }
}

Setting ActionSetting::of(std::span<const Level> levels) const {
  Setting setting = Setting::pinned(levels);
  for (std::size_t k = 0; k < levels.size(); ++k) {
    if (is_capped_[k]) setting[k].floor = std::min(limits_[k].floor, levels[k]);
  }
  return setting;
}

}  // namespace flyball
