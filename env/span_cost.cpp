#include "env/span_cost.h"

namespace flyball {

std::optional<double> energy_between(const Stamped<double>& from_watts,
                                     const Stamped<double>& to_watts, double seconds) {
  if (!from_watts || !to_watts) return std::nullopt;
  return energy_between(*from_watts, *to_watts, seconds);
}

SpanCost cost_between(const Telemetry& from, const Telemetry& to) {
  SpanCost cost;
  cost.seconds = to.time_seconds - from.time_seconds;
  cost.energy_joules = energy_between(from.total_watts, to.total_watts, cost.seconds);
  if (from.application && to.application) {
    const ApplicationTelemetry& before = *from.application;
    const ApplicationTelemetry& after = *to.application;
    cost.in_system_seconds = after.in_system_seconds - before.in_system_seconds;
    cost.served = static_cast<double>(after.served - before.served);
    cost.missed = static_cast<double>(after.missed - before.missed);
  }
  return cost;
}

}  // namespace flyball
