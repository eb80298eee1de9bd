// How much slower a request may become at other clocks, of what a board shows while its residents
// govern: how long each unit was busy, and at which clock. Not thread-safe; adding allocates
// nothing after the first telemetry.
//
// A request's time is the sum of its units' busy times: CPUs and GPU one after the other, each
// shorter in proportion to its clock. The memory's busy time lies inside the others'; a lower clock
// of it adds what it grows by. Other programs' busy time counts, too, so the estimate leans to the
// slow side where they run on a CPU. Nothing seen yet: no part slows by more than its own clock
// does.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "env/governor.h"
#include "env/knob.h"
#include "env/telemetry.h"

namespace flyball {

class SlowdownEstimate {
 public:
  // The scope's plant must outlive it.
  explicit SlowdownEstimate(const GovernorScope& scope);

  // What the board shows now; the time since the last call counts at the clocks shown at its end.
  void add(const Telemetry& telemetry);

  // The time at these levels, one per knob of the scope, over that at the highest ones that the
  // limits allow. The application's knobs do not count. At least 1 where no level is above them.
  double slowdown(std::span<const Level> levels) const;

 private:
  struct Unit {
    std::size_t knob = 0;
    std::size_t domain = 0;              // of the plant
    double highest_hz = 0.0;             // that the limits allow
    double cycles = 0.0;                 // seen so far
    std::optional<double> busy_seconds;  // cumulative, as of the last telemetry
  };

  const PlantDescription* plant_;
  std::vector<Knob> knobs_;
  std::vector<Unit> units_;
  std::optional<double> last_seconds_;
};

}  // namespace flyball
