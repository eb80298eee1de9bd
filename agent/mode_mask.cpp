#include "agent/mode_mask.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "env/observation.h"

namespace flyball {

ModeMask::ModeMask(const ObservationLayout& layout, std::vector<Knob> knobs,
                   std::vector<std::uint32_t> allowed)
    : knobs_(std::move(knobs)),
      actions_(action_space_of(knobs_)),
      whole_(actions_.size(), std::move(allowed)) {
  for (std::size_t k = 0; k < knobs_.size(); ++k) {
    const auto floor = layout.offset(Feature::kFloor, k);
    const auto ceiling = layout.offset(Feature::kCeiling, k);
    if (floor && ceiling) places_.push_back({k, *floor, *ceiling});
    limits_.push_back({0, static_cast<Level>(knobs_[k].levels.size() - 1)});
  }
}

const ActionMask& ModeMask::mask(const float* observation) {
  if (!tells_mode()) return whole_;
  for (const Place& place : places_) {
    const Knob& knob = knobs_[place.knob];
    limits_[place.knob] = {decoded_level(knob, observation[place.floor]),
                           decoded_level(knob, observation[place.ceiling])};
  }
  const auto known = std::find_if(modes_.begin(), modes_.end(),
                                  [this](const auto& mode) { return mode->limits == limits_; });
  return known == modes_.end() ? add_mode(limits_).mask : (*known)->mask;
}

const ModeMask::Mode& ModeMask::add_mode(const Limits& limits) {
  const std::vector<std::uint8_t> inside = actions_.mask(limits);
  std::vector<std::uint32_t> allowed;
  for (const std::uint32_t action : whole_.allowed()) {
    if (inside[action] != 0) allowed.push_back(action);
  }
  if (allowed.empty()) {
    std::string text;
    for (std::size_t k = 0; k < knobs_.size(); ++k) {
      text += fmt::format(" {} {} to {}", knobs_[k].name, limits[k].floor, limits[k].ceiling);
    }
    throw std::invalid_argument(
        fmt::format("support: the logs hold no setting inside a mode's levels:{}", text));
  }
  return *modes_.emplace_back(
      std::make_unique<Mode>(Mode{limits, {actions_.size(), std::move(allowed)}}));
}

}  // namespace flyball
