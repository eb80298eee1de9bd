#include "agent/state_cells.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace flyball {

namespace {

constexpr float kSteepness = 0x1p23F;  // s: a power of two, so that products with it are exact
constexpr double kGrid = 0x1p20;       // cuts are whole numbers of its inverse, in a float, too

// How often each value came up, ascending.
std::map<float, std::size_t> counts_of(std::span<const Transition> transitions, std::size_t input) {
  std::vector<float> values;
  values.reserve(transitions.size());
  for (const Transition& t : transitions) values.push_back(t.observation[input]);
  std::ranges::sort(values);
  std::map<float, std::size_t> counts;
  for (const float value : values) ++counts.try_emplace(counts.end(), value, 0)->second;
  return counts;
}

float cut_between(float below, float above) {
  const double middle = 0.5 * (static_cast<double>(below) + static_cast<double>(above));
  return static_cast<float>(std::ceil(middle * kGrid) / kGrid);
}

// Values as frequent as an interval should be are intervals; what lies between is cut evenly.
std::vector<float> cuts_of(const std::map<float, std::size_t>& counts, std::size_t intervals) {
  std::size_t all = 0;
  for (const auto& [value, count] : counts) all += count;
  const double share = static_cast<double>(all) / static_cast<double>(intervals);
  std::size_t others = all;
  std::size_t left = intervals;
  const auto is_alone = [&](std::size_t count) { return static_cast<double>(count) >= share; };
  for (const auto& [value, count] : counts) {
    if (!is_alone(count)) continue;
    others -= count;
    left -= std::min<std::size_t>(left, 1);
  }
  const double each =
      static_cast<double>(others) / static_cast<double>(std::max<std::size_t>(left, 1));
  std::vector<float> cuts;
  std::size_t inside = 0;  // values since the last cut
  bool is_full = false;
  const float* last = nullptr;
  for (const auto& [value, count] : counts) {
    if (last != nullptr && (is_full || (is_alone(count) && inside > 0))) {
      const float cut = cut_between(*last, value);
      if (cuts.empty() || cut > cuts.back()) cuts.push_back(cut);
      inside = 0;
    }
    inside += count;
    is_full = is_alone(count) || static_cast<double>(inside) >= each;
    last = &value;
  }
  return cuts;
}

}  // namespace

StateCells::StateCells(std::span<const Transition> transitions, std::size_t inputs,
                       std::size_t per_input) {
  for (std::size_t input = 0; input < inputs; ++input) {
    cuts_.push_back(cuts_of(counts_of(transitions, input), per_input));
  }
  const auto add = [&](std::span<const float> observation) {
    const auto [it, is_new] = numbers_.try_emplace(intervals(observation), cells_.size());
    if (is_new) cells_.push_back(it->first);
  };
  for (const Transition& t : transitions) {
    add(t.observation);
    add(t.next_observation);
  }
}

StateCells::Intervals StateCells::intervals(std::span<const float> observation) const {
  Intervals result(cuts_.size());
  for (std::size_t input = 0; input < cuts_.size(); ++input) {
    const auto above = std::ranges::upper_bound(cuts_[input], observation[input]);
    result[input] = static_cast<std::uint16_t>(above - cuts_[input].begin());
  }
  return result;
}

std::optional<std::size_t> StateCells::find(std::span<const float> observation) const {
  const auto found = numbers_.find(intervals(observation));
  if (found == numbers_.end()) return std::nullopt;
  return found->second;
}

bool StateCells::write_layers(const std::string& name, std::span<const std::size_t> which,
                              std::map<std::string, Tensor>& tensors) const {
  std::vector<std::size_t> first;  // cut of each input
  std::size_t cuts = 0;
  for (const std::vector<float>& of_input : cuts_) {
    first.push_back(cuts);
    cuts += of_input.size();
  }
  if (cuts == 0) return false;
  const std::size_t inputs = cuts_.size();
  Tensor ramps{{2 * cuts, inputs}, std::vector<float>(2 * cuts * inputs)};
  Tensor ramp_bias{{2 * cuts}, std::vector<float>(2 * cuts)};
  for (std::size_t input = 0; input < inputs; ++input) {
    for (std::size_t c = 0; c < cuts_[input].size(); ++c) {
      const std::size_t row = 2 * (first[input] + c);
      const float at = kSteepness * cuts_[input][c];
      ramps.values[row * inputs + input] = -kSteepness;  // below the cut
      ramp_bias.values[row] = at;
      ramps.values[(row + 1) * inputs + input] = kSteepness;  // not below it
      ramp_bias.values[row + 1] = 1.0F - at;
    }
  }
  Tensor cells{{which.size(), 2 * cuts}, std::vector<float>(which.size() * 2 * cuts)};
  for (std::size_t row = 0; row < which.size(); ++row) {
    float* weights = cells.values.data() + row * 2 * cuts;
    for (std::size_t input = 0; input < inputs; ++input) {
      const std::size_t interval = cells_[which[row]][input];
      if (interval > 0) weights[2 * (first[input] + interval - 1)] = -1.0F;
      if (interval < cuts_[input].size()) weights[2 * (first[input] + interval) + 1] = -1.0F;
    }
  }
  tensors[name + ".0.weight"] = std::move(ramps);
  tensors[name + ".0.bias"] = std::move(ramp_bias);
  tensors[name + ".1.weight"] = std::move(cells);
  tensors[name + ".1.bias"] = {{which.size()}, std::vector<float>(which.size(), 1.0F)};
  return true;
}

}  // namespace flyball
