#include "controllers/slowdown_estimate.h"

#include <algorithm>

#include "env/busy_seconds.h"

namespace flyball {

SlowdownEstimate::SlowdownEstimate(const GovernorScope& scope)
    : plant_(scope.plant), knobs_(scope.knobs) {
  for (std::size_t k = 0; k < knobs_.size(); ++k) {
    for (const std::size_t index : knobs_[k].domains) {
      Unit& unit = units_.emplace_back();
      unit.knob = k;
      unit.domain = index;
      unit.is_inside = plant_->domains[index].kind == DomainKind::kEmc;
      unit.highest_hz = knobs_[k].levels[scope.limits[k].ceiling];
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
      const double hertz = telemetry.domains->at(unit.domain).effective_hz.value_or(0.0);
      unit.cycles += added * hertz;
      if (hertz > 0.0) unit.seconds += added;
    }
    unit.busy_seconds = busy;
  }
  if (telemetry.application) add_requests(*telemetry.application);
}

void SlowdownEstimate::add_requests(const ApplicationTelemetry& now) {
  if (last_requests_ && now.served >= last_requests_->served) {
    served_ += static_cast<double>(now.served - last_requests_->served);
    in_system_seconds_ += now.in_system_seconds - last_requests_->in_system_seconds;
  }
  last_requests_ = now;
  if (!now.deadline_seconds) return;
  deadline_seconds_ =
      std::min(*now.deadline_seconds, deadline_seconds_.value_or(*now.deadline_seconds));
}

template <typename Seconds>
double SlowdownEstimate::sum(Seconds seconds_of) const {
  double seconds = 0.0;
  for (const Unit& unit : units_) {
    seconds += seconds_of(unit) - (unit.is_inside ? unit.cycles / unit.highest_hz : 0.0);
  }
  return seconds;
}

double SlowdownEstimate::at_levels(std::span<const Level> levels) const {
  return sum([&](const Unit& u) { return u.cycles / knobs_[u.knob].levels[levels[u.knob]]; });
}

double SlowdownEstimate::slowdown(std::span<const Level> levels) const {
  const double fastest = sum([](const Unit& u) { return u.cycles / u.highest_hz; });
  double slowest_clock = 1.0;
  for (const Unit& unit : units_) {
    const double hertz = knobs_[unit.knob].levels[levels[unit.knob]];
    slowest_clock = std::max(slowest_clock, unit.highest_hz / hertz);
  }
  return fastest > 0.0 ? std::min(at_levels(levels) / fastest, slowest_clock) : slowest_clock;
}

std::optional<double> SlowdownEstimate::latency_seconds(std::span<const Level> levels) const {
  const double seen = sum([](const Unit& unit) { return unit.seconds; });
  if (!(seen > 0.0) || !(served_ > 0.0)) return std::nullopt;
  return in_system_seconds_ / served_ * at_levels(levels) / seen;
}

}  // namespace flyball
