// A policy: from rows of observations to rows of actions, one column per knob. Not thread-safe:
// implementations keep scratch memory.
#pragma once

#include <cstddef>
#include <span>

#include "env/knob.h"

namespace flyball {

class Policy {
 public:
  virtual ~Policy() = default;
  virtual std::size_t observation_size() const = 0;
  virtual std::size_t knob_count() const = 0;
  // From now on only levels inside `limits` (one range per knob) are chosen. Throws
  // std::invalid_argument when that leaves no action.
  virtual void set_limits(std::span<const LevelRange> limits) = 0;
  // Requires: observations.size() = rows * observation_size(), finite;
  // actions.size() = rows * knob_count(). No allocation.
  virtual void act(std::span<const float> observations, std::span<Level> actions) noexcept = 0;
};

}  // namespace flyball
