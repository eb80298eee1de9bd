#include "controllers/slowdown_estimate.h"

#include <algorithm>

namespace flyball {

namespace {

std::optional<double> busy_of(const Domain& domain, std::size_t index, const Telemetry& telemetry) {
  if (domain.kind != DomainKind::kCpu) {
    return telemetry.domains ? telemetry.domains->at(index).busy_seconds : std::nullopt;
  }
  if (!telemetry.cpus) return std::nullopt;
  double sum = 0.0;
  for (const int cpu : domain.cpus) {
    const auto place = static_cast<std::size_t>(cpu);
    if (place < telemetry.cpus->size()) sum += (*telemetry.cpus)[place].busy_seconds;
  }
  return sum;
}

}  // namespace

SlowdownEstimate::SlowdownEstimate(const GovernorScope& scope) : knobs_(scope.knobs) {
  for (std::size_t k = 0; k < knobs_.size(); ++k) {
    for (const std::size_t index : knobs_[k].domains) {
      domains_.push_back(index);
      units_.push_back({k, scope.plant->domains.at(index),
                        knobs_[k].levels[scope.limits[k].ceiling], 0.0, std::nullopt});
    }
  }
}

void SlowdownEstimate::add(const Telemetry& telemetry) {
  const double seconds = telemetry.time_seconds - last_seconds_.value_or(telemetry.time_seconds);
  last_seconds_ = telemetry.time_seconds;
  for (std::size_t u = 0; u < units_.size(); ++u) {
    Unit& unit = units_[u];
    const std::optional<double> busy = busy_of(unit.domain, domains_[u], telemetry);
    if (busy && unit.busy_seconds && telemetry.domains) {
      // However many CPUs work at once, a request does not take longer than the time that passed.
      const double added = std::clamp(*busy - *unit.busy_seconds, 0.0, seconds);
      unit.cycles += added * telemetry.domains->at(domains_[u]).effective_hz.value_or(0.0);
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
    const bool is_inside = unit.domain.kind == DomainKind::kEmc;
    fastest += is_inside ? 0.0 : at_highest;
    there += unit.cycles / hertz - (is_inside ? at_highest : 0.0);
    slowest_clock = std::max(slowest_clock, unit.highest_hz / hertz);
  }
  return fastest > 0.0 ? std::min(there / fastest, slowest_clock) : slowest_clock;
}

}  // namespace flyball
