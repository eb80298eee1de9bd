#include "controllers/slowdown_estimate.h"

#include <algorithm>

#include "env/busy_seconds.h"

namespace flyball {

SlowdownEstimate::SlowdownEstimate(const GovernorScope& scope)
    : plant_(scope.plant), knobs_(scope.knobs) {
  for (std::size_t k = 0; k < knobs_.size(); ++k) {
    for (const std::size_t index : knobs_[k].domains) {
      units_.push_back({k, index, knobs_[k].levels[scope.limits[k].ceiling], 0.0, std::nullopt});
    }
  }
}

void SlowdownEstimate::add(const Telemetry& telemetry) {
  const double before = last_seconds_.value_or(telemetry.time_seconds);
  const double seconds = std::max(0.0, telemetry.time_seconds - before);
  last_seconds_ = telemetry.time_seconds;
  for (Unit& unit : units_) {
    const std::optional<double> busy = busy_seconds(*plant_, unit.domain, telemetry);
    if (busy && unit.busy_seconds && telemetry.domains) {
      // However many CPUs work at once, a request does not take longer than the time that passed.
      const double added = std::clamp(*busy - *unit.busy_seconds, 0.0, seconds);
      unit.cycles += added * telemetry.domains->at(unit.domain).effective_hz.value_or(0.0);
    }
    unit.busy_seconds = busy;
  }
}

double SlowdownEstimate::slowdown(std::span<const Level> levels) const {
  double fastest = 0.0;  // seconds, of all that was seen
  double there = 0.0;
  double slowest_clock = 1.0;
  for (const Unit& unit : units_) {
    const double hertz = knobs_[unit.knob].levels[levels[unit.knob]];
    const double at_highest = unit.cycles / unit.highest_hz;
    const bool is_inside = plant_->domains[unit.domain].kind == DomainKind::kEmc;
    fastest += is_inside ? 0.0 : at_highest;
    there += unit.cycles / hertz - (is_inside ? at_highest : 0.0);
    slowest_clock = std::max(slowest_clock, unit.highest_hz / hertz);
  }
  return fastest > 0.0 ? std::min(there / fastest, slowest_clock) : slowest_clock;
}

}  // namespace flyball
