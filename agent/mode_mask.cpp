#include "agent/mode_mask.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "env/observation.h"

namespace flyball {

namespace {

ActionSpace space_of(const std::vector<Knob>& knobs) {
  std::vector<std::size_t> counts;
  for (const Knob& knob : knobs) counts.push_back(knob.levels.size());
  return ActionSpace(std::move(counts));
}

}  // namespace

ModeMask::ModeMask(const std::vector<std::string>& observation_names, std::vector<Knob> knobs,
                   std::vector<std::uint32_t> allowed)
    : knobs_(std::move(knobs)), actions_(space_of(knobs_)), allowed_(std::move(allowed)) {
  const auto place = [&](const std::string& name) {
    return static_cast<std::size_t>(
        std::find(observation_names.begin(), observation_names.end(), name) -
        observation_names.begin());
  };
  for (std::size_t k = 0; k < knobs_.size(); ++k) {
    const Place found{k, place("floor." + knobs_[k].name), place("ceiling." + knobs_[k].name)};
    if (found.ceiling < observation_names.size()) places_.push_back(found);
    limits_.push_back({0, static_cast<Level>(knobs_[k].levels.size() - 1)});
  }
}

std::span<const std::uint32_t> ModeMask::allowed(const float* observation) {
  if (!tells_mode()) return allowed_;
  for (const Place& place : places_) {
    const Knob& knob = knobs_[place.knob];
    limits_[place.knob] = {decoded_level(knob, observation[place.floor]),
                           decoded_level(knob, observation[place.ceiling])};
  }
  const auto known = std::find_if(modes_.begin(), modes_.end(),
                                  [this](const auto& mode) { return mode->limits == limits_; });
  return known == modes_.end() ? add_mode(limits_).allowed : (*known)->allowed;
}

const ModeMask::Mode& ModeMask::add_mode(const Limits& limits) {
  auto mode = std::make_unique<Mode>();
  mode->limits = limits;
  const std::vector<std::uint8_t> inside = actions_.mask(limits);
  for (const std::uint32_t action : allowed_) {
    if (inside[action] != 0) mode->allowed.push_back(action);
  }
  if (mode->allowed.empty()) {
    std::string text;
    for (std::size_t k = 0; k < knobs_.size(); ++k) {
      text += fmt::format(" {} {} to {}", knobs_[k].name, limits[k].floor, limits[k].ceiling);
    }
    throw std::invalid_argument(
        fmt::format("support: the logs hold no setting inside a mode's levels:{}", text));
  }
  return *modes_.emplace_back(std::move(mode));
}

}  // namespace flyball
