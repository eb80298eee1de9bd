// What the logs know about: how often settings were taken, and how much of what a policy chooses
// that covers. Pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "env/action_space.h"
#include "replay/transition.h"

namespace flyball {

// Per joint action: how many transitions took it.
std::vector<std::size_t> action_counts(const ActionSpace& actions,
                                       std::span<const Transition> transitions);

// Per joint action: how many took it or one at most `radius` levels away in every knob.
std::vector<std::size_t> neighbourhood_counts(const ActionSpace& actions,
                                              std::span<const std::size_t> counts,
                                              std::size_t radius);

// How far the logs carry a policy's choices.
struct SupportReport {
  std::size_t choices = 0;
  double seen_share = 0.0;           // of the choices: the very setting was in the logs
  double neighbour_share = 0.0;      // it or a neighbour, one level away in any knob, was
  std::size_t least_neighbours = 0;  // transitions in the thinnest neighbourhood of a choice
  double median_neighbours = 0.0;
};

// Of the joint actions that a policy chose, `choices`, given the logs' counts.
SupportReport support_report(const ActionSpace& actions, std::span<const std::size_t> counts,
                             std::span<const std::uint32_t> choices);

}  // namespace flyball
