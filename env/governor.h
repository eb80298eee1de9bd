// A governor: a name plus a pure decision. It never sleeps, reads a clock or touches a file; time
// arrives in its input. Not thread-safe.
//
// The interface lives here because plants host governors as residents (the kernel's own, one per
// domain, each at its own period). Implementations live in controllers/ and are injected by tools/.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "env/decision.h"
#include "env/knob.h"
#include "env/plant.h"
#include "env/telemetry.h"

namespace flyball {

// How often to decide. A deferrable timer stalls while nothing on the board is awake (every CPU
// idle and the GPU not busy), as devfreq's polling does; that of a CPU domain while the CPUs of
// that domain are idle, because the scheduler drives it.
struct Period {
  double seconds = 0.1;
  bool deferrable = false;
};

// What a governor turns. A resident is given one knob over its one domain; a leasing governor the
// leased knobs. The description outlives the governor's use of it.
struct GovernorScope {
  const PlantDescription* plant = nullptr;
  std::vector<Knob> knobs;
  std::vector<LevelRange> limits;  // one per knob
};

// Those knobs (indices into the plant's), in that order. Throws std::out_of_range for an unknown
// one.
GovernorScope scope_over(const PlantDescription& plant, std::span<const std::size_t> knobs);
// The full range of every knob: what is asked for where the residents are to decide.
Setting full_range(std::span<const LevelRange> limits);

// What a decision is made of.
struct GovernorInput {
  const Telemetry& telemetry;
  // t_AS, the last measured time from reading to having applied; 0 before the first, and for
  // residents.
  double think_seconds = 0.0;
};

class Governor {
 public:
  virtual ~Governor() = default;
  virtual std::string_view name() const = 0;
  // Forgets all history. Throws std::invalid_argument when it cannot govern such a scope, for
  // instance because telemetry that it requires is not there.
  virtual void reset(const GovernorScope& scope) = 0;
  // What is wanted now, one range per knob of the scope. A resident is called with the domain's
  // floor and ceiling in force in the telemetry; the host moves its answer into them.
  virtual Decision decide(const GovernorInput& input) = 0;
  virtual Period period() const = 0;
};

}  // namespace flyball
