// What a governor and the control loop may tell each other beside telemetry and settings. Optional:
// a governor that implements one of these as well is found by the loop. Same thread as the loop.
#pragma once

#include <optional>

#include "env/logs/telemetry_row.h"

namespace flyball {

struct DecisionInfo {
  // kResident: the setting is the full range, and the residents decide inside it.
  DecidedBy by = DecidedBy::kPolicy;
  std::optional<double> probability;  // of the choice, where chance had a part in it
};

// A governor that explores: says of its last decide() who made the choice.
class DecisionSource {
 public:
  virtual ~DecisionSource() = default;
  virtual DecisionInfo last_decision() const = 0;
};

// A governor whose observation holds t_AS, the time from reading to having applied.
class ThinkTimeListener {
 public:
  virtual ~ThinkTimeListener() = default;
  // Called before each decide() with the last measured t_AS (0 before the first).
  virtual void set_think_seconds(double t_as_seconds) = 0;
};

}  // namespace flyball
