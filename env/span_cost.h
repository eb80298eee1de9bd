// What the telemetry shows of the costs between two samples. Pure functions.
#pragma once

#include <optional>

#include "env/reward.h"
#include "env/telemetry.h"

namespace flyball {

// The energy of `seconds` between two readings of the power, in joules: their trapezoid.
constexpr double energy_between(double from_watts, double to_watts, double seconds) {
  return 0.5 * (from_watts + to_watts) * seconds;
}
// Absent where either is: one reading says nothing of what came after or before it.
std::optional<double> energy_between(const Stamped<double>& from_watts,
                                     const Stamped<double>& to_watts, double seconds);

// All that `to` shows more than `from`, the sample before it. Without an application: no requests.
SpanCost cost_between(const Telemetry& from, const Telemetry& to);

}  // namespace flyball
