// What a joint action asks for: per knob a pin at its level, or a cap: a ceiling at its level,
// below which the resident goes on deciding. Allocates nothing after construction; copies are
// independent.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "env/governor.h"

namespace flyball {

class ActionSetting {
 public:
  // Requires: one limit per knob. `caps`: names of the knobs that are capped; throws
  // std::invalid_argument where one is no knob.
  ActionSetting(std::span<const Knob> knobs, std::span<const LevelRange> limits,
                std::span<const std::string> caps);

  // Requires: one level per knob.
  Setting of(std::span<const Level> levels) const;

 private:
  std::vector<LevelRange> limits_;
  std::vector<bool> is_capped_;
};

}  // namespace flyball
