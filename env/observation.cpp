#include "env/observation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <utility>

#include "env/config/check_fields.h"
#include "env/observation_table.h"

namespace flyball {

namespace {

// Cumulative busy seconds of what the knob turns; of CPUs the busiest one counts.
std::optional<double> busy_seconds(const Knob& knob, const std::vector<int>& cpus,
                                   const Telemetry& telemetry) {
  if (!cpus.empty()) {
    if (!telemetry.cpus) return std::nullopt;
    double busy = 0.0;
    for (const int cpu : cpus) {
      busy = std::max(busy, telemetry.cpus->at(static_cast<std::size_t>(cpu)).busy_seconds);
    }
    return busy;
  }
  if (!telemetry.domains) return std::nullopt;
  return telemetry.domains->at(knob.domains.front()).busy_seconds;
}

bool shows_temperature(const Telemetry& telemetry) {
  return telemetry.temperatures_celsius &&
         std::any_of(telemetry.temperatures_celsius->begin(), telemetry.temperatures_celsius->end(),
                     [](const std::optional<double>& zone) { return zone.has_value(); });
}

}  // namespace

float encoded_level(const Knob& knob, Level level) {
  if (knob.levels.size() < 2) return 0.0F;
  return 2.0F * static_cast<float>(level) / static_cast<float>(knob.levels.size() - 1) - 1.0F;
}

Level decoded_level(const Knob& knob, float encoded) {
  const float last = static_cast<float>(knob.levels.size() - 1);
  return static_cast<Level>(std::lround(std::clamp((encoded + 1.0F) / 2.0F, 0.0F, 1.0F) * last));
}

float encoded_limit(double limit, double limit_scale) {
  return static_cast<float>(std::log(limit / limit_scale));
}

void validate(const EncoderConfig& config) { check_fields(config, "encoder"); }

ObservationEncoder::ObservationEncoder(const EncoderConfig& config, const GovernorScope& scope)
    : config_(config),
      knobs_(scope.knobs),
      limits_(scope.limits),
      layout_(config, scope.knobs),
      effective_(scope.knobs.size()),
      utilization_(scope.knobs.size()) {
  for (const ObservationRow& row : observation_table()) {
    if (!(config_.*row.flag)) continue;
    const double scale = row.scale != nullptr ? config_.*row.scale : 1.0;
    for (const std::size_t k : knobs_of(row, knobs_)) components_.push_back({&row, k, scale});
    need(row.needs);
  }
  if (needs(TelemetryPart::kApplication) && !scope.plant->has_application) {
    throw std::invalid_argument(
        "the observation needs the application's figures (queue, arrivals, slack or deadline) and "
        "this plant has no application source");
  }
  for (const Knob& knob : knobs_) {
    if (knob.is_application()) need(TelemetryPart::kApplication);
    std::vector<int> cpus;
    for (const std::size_t d : knob.domains) {
      const std::vector<int>& more = scope.plant->domains.at(d).cpus;
      cpus.insert(cpus.end(), more.begin(), more.end());
    }
    knob_cpus_.push_back(std::move(cpus));
  }
  last_.busy.resize(knobs_.size());
  running_.action.resize(knobs_.size());
}

bool ObservationEncoder::needs(TelemetryPart what) const {
  return std::find(needs_.begin(), needs_.end(), what) != needs_.end();
}

void ObservationEncoder::need(TelemetryPart what) {
  if (!needs(what)) needs_.push_back(what);
}

bool ObservationEncoder::has_required(const Telemetry& telemetry) const {
  return telemetry.domains && std::all_of(needs_.begin(), needs_.end(), [&](TelemetryPart what) {
           return shows(what, telemetry);
         });
}

bool ObservationEncoder::shows(TelemetryPart what, const Telemetry& telemetry) const {
  switch (what) {
    case TelemetryPart::kNothing: return true;
    case TelemetryPart::kApplication: return telemetry.application.has_value();
    case TelemetryPart::kPower: return telemetry.total_watts.has_value();
    case TelemetryPart::kTemperature: return shows_temperature(telemetry);
    case TelemetryPart::kClocks: return shows_clocks(telemetry);
    case TelemetryPart::kLoads: return shows_loads(telemetry);
    case TelemetryPart::kCpus: return telemetry.cpus && !telemetry.cpus->empty();
  }
  return false;
}

bool ObservationEncoder::shows_clocks(const Telemetry& telemetry) const {
  return std::all_of(knobs_.begin(), knobs_.end(), [&](const Knob& knob) {
    return effective_level(knob, telemetry) && requested_level(knob, telemetry);
  });
}

bool ObservationEncoder::shows_loads(const Telemetry& telemetry) const {
  for (std::size_t k = 0; k < knobs_.size(); ++k) {
    if (knobs_[k].is_application()) continue;
    if (busy_seconds(knobs_[k], knob_cpus_[k], telemetry)) continue;
    if (!telemetry.domains->at(knobs_[k].domains.front()).utilization) return false;
  }
  return true;
}

void ObservationEncoder::reset() { last_.valid = false; }

void ObservationEncoder::set_limits(std::span<const LevelRange> limits) {
  std::copy(limits.begin(), limits.end(), limits_.begin());
}

float ObservationEncoder::utilization(std::size_t knob, const Telemetry& telemetry,
                                      double elapsed_seconds) {
  const std::optional<double> before =
      std::exchange(last_.busy[knob], busy_seconds(knobs_[knob], knob_cpus_[knob], telemetry));
  if (before && last_.busy[knob] && last_.valid && elapsed_seconds > 0.0) {
    const double share = (*last_.busy[knob] - *before) / elapsed_seconds;
    return static_cast<float>(std::clamp(share, 0.0, 1.0));
  }
  if (telemetry.domains) {
    return static_cast<float>(
        telemetry.domains->at(knobs_[knob].domains.front()).utilization.value_or(0.0));
  }
  return 0.0F;
}

double ObservationEncoder::arrivals_per_second(std::uint64_t arrived,
                                               double elapsed_seconds) const {
  const bool known = last_.valid && elapsed_seconds > 0.0 && arrived >= last_.arrived;
  return known ? static_cast<double>(arrived - last_.arrived) / elapsed_seconds : 0.0;
}

// An action that differs from the last one was decided at the last encoding, and asked for t_AS
// later.
double ObservationEncoder::action_age(double now_seconds, std::span<const Level> action,
                                      double t_as_seconds) {
  if (!last_.valid) {
    running_.since_seconds.reset();
  } else if (!std::equal(action.begin(), action.end(), running_.action.begin())) {
    running_.since_seconds = last_.time_seconds + t_as_seconds;
  }
  std::copy(action.begin(), action.end(), running_.action.begin());
  if (!running_.since_seconds) return kLongAge * config_.period_seconds;
  return std::max(0.0, now_seconds - *running_.since_seconds);
}

void ObservationEncoder::encode(const Telemetry& telemetry, std::span<const Level> previous_action,
                                double t_as_seconds, std::span<float> observation) {
  const double elapsed = telemetry.time_seconds - last_.time_seconds;
  const ApplicationTelemetry* application =
      telemetry.application ? &telemetry.application.value() : nullptr;
  const std::uint64_t arrived = application ? application->arrived : 0;
  for (std::size_t k = 0; k < knobs_.size(); ++k) {
    effective_[k] = effective_level(knobs_[k], telemetry);
    if (!knobs_[k].is_application()) utilization_[k] = utilization(k, telemetry, elapsed);
  }
  const double age = action_age(telemetry.time_seconds, previous_action, t_as_seconds);
  const Seen seen{config_,
                  telemetry,
                  application,
                  arrivals_per_second(arrived, elapsed),
                  age,
                  t_as_seconds,
                  knobs_,
                  limits_,
                  previous_action,
                  effective_,
                  utilization_};
  float* out = observation.data();
  for (const Component& component : components_) {
    *out++ = component.row->value(seen, component.knob, component.scale);
  }
  last_.time_seconds = telemetry.time_seconds;
  last_.arrived = arrived;
  last_.valid = true;
}

}  // namespace flyball
