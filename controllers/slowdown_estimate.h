// How slow a request may become at other clocks, of what a board shows while its residents govern:
// how long each unit was busy, at which clock, and how long requests took. Not thread-safe; adding
// allocates nothing after the first telemetry.
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
  // The mean time in the system at these levels, in seconds: what was seen, times what the busy
  // units slow down by. Absent where no request was served or no unit was seen at work.
  std::optional<double> latency_seconds(std::span<const Level> levels) const;
  // The shortest deadline that the application told of.
  std::optional<double> deadline_seconds() const { return deadline_seconds_; }

 private:
  struct Unit {
    std::size_t knob = 0;
    std::size_t domain = 0;              // of the plant
    bool is_inside = false;              // memory: busy inside the others' time
    double highest_hz = 0.0;             // that the limits allow
    double cycles = 0.0;                 // seen so far
    double seconds = 0.0;                // busy so far
    std::optional<double> busy_seconds;  // cumulative, as of the last telemetry
  };

  // A time per unit, of all that was seen: those inside the others' add what exceeds the time at
  // their highest clock.
  template <typename Seconds>
  double sum(Seconds seconds_of) const;
  double at_levels(std::span<const Level> levels) const;
  void add_requests(const ApplicationTelemetry& now);

  const PlantDescription* plant_;
  std::vector<Knob> knobs_;
  std::vector<Unit> units_;
  std::optional<double> last_seconds_;
  std::optional<ApplicationTelemetry> last_requests_;
  double served_ = 0.0;  // seen so far
  double in_system_seconds_ = 0.0;
  std::optional<double> deadline_seconds_;
};

}  // namespace flyball
