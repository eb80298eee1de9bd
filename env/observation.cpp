#include "env/observation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>

namespace flyball {

namespace {

float log_scaled(double value, double scale) {
  return static_cast<float>(std::log1p(std::max(value, 0.0)) / std::log1p(scale));
}

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

// Appends a presence flag and the value in [-1, 1], +-1 at +-scale: linear within half a percent of
// the scale, logarithmic beyond. Tenths of a second count when little is left, seconds when much
// is.
void encode_optional(const std::optional<double>& value, double scale, float*& out) {
  constexpr double kSteepness = 200.0;
  *out++ = value ? 1.0F : 0.0F;
  const double x = value ? std::asinh(kSteepness * *value / scale) / std::asinh(kSteepness) : 0.0;
  *out++ = static_cast<float>(std::clamp(x, -1.0, 1.0));
}

// The mode's limits per board knob.
float* encode_limits(std::span<const Knob> knobs, std::span<const LevelRange> limits,
                     Level LevelRange::*end, float* out) {
  for (std::size_t k = 0; k < knobs.size(); ++k) {
    if (!knobs[k].is_application()) *out++ = encoded_level(knobs[k], limits[k].*end);
  }
  return out;
}

float share_online(const Telemetry& telemetry) {
  if (!telemetry.cpus || telemetry.cpus->empty()) return 0.0F;
  const auto online = std::count_if(telemetry.cpus->begin(), telemetry.cpus->end(),
                                    [](const CpuTelemetry& cpu) { return cpu.online; });
  return static_cast<float>(online) / static_cast<float>(telemetry.cpus->size());
}

void require_positive(double value, const char* key) {
  if (!(value > 0.0) || !std::isfinite(value)) {
    throw std::invalid_argument(fmt::format("encoder.{} = {}: must be > 0", key, value));
  }
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

void validate(const EncoderConfig& config) {
  require_positive(config.limit, "limit");
  require_positive(config.limit_scale, "limit_scale");
  require_positive(config.period_seconds, "period_seconds");
  require_positive(config.queue_scale, "queue_scale");
  require_positive(config.rate_scale, "rate_scale");
  require_positive(config.slack_scale_seconds, "slack_scale_seconds");
  require_positive(config.power_scale_watts, "power_scale_watts");
  if (!(config.eta >= 0.0 && config.eta <= 1.0)) {
    throw std::invalid_argument(fmt::format("encoder.eta = {}: must be in [0, 1]", config.eta));
  }
}

ObservationEncoder::ObservationEncoder(const EncoderConfig& config, const GovernorScope& scope)
    : config_(config), knobs_(scope.knobs), limits_(scope.limits) {
  validate(config);
  const bool needs_application =
      config.with_queue || config.with_arrivals || config.with_slack || config.with_deadline;
  if (needs_application && !scope.plant->has_application) {
    throw std::invalid_argument(
        "the observation needs the application's figures (queue, arrivals, slack or deadline) and "
        "this plant has no application source");
  }
  for (const Knob& knob : knobs_) {
    std::vector<int> cpus;
    for (const std::size_t d : knob.domains) {
      const std::vector<int>& more = scope.plant->domains.at(d).cpus;
      cpus.insert(cpus.end(), more.begin(), more.end());
    }
    knob_cpus_.push_back(std::move(cpus));
  }
  const auto per_knob = [this](const char* group, bool with_application_knobs) {
    for (const Knob& knob : knobs_) {
      if (with_application_knobs || !knob.is_application()) {
        names_.push_back(fmt::format("{}.{}", group, knob.name));
      }
    }
  };
  if (config.with_effective) per_knob("effective", true);
  if (config.with_utilization) per_knob("utilization", false);
  if (config.with_queue) names_.emplace_back("queue");
  if (config.with_arrivals) names_.emplace_back("arrivals");
  if (config.with_slack) names_.insert(names_.end(), {"slack.present", "slack"});
  if (config.with_deadline) names_.insert(names_.end(), {"deadline.present", "deadline"});
  if (config.with_power) names_.emplace_back("power");
  if (config.with_temperature) names_.emplace_back("temperature");
  if (config.with_eta) names_.emplace_back("eta");
  if (config.with_limit) names_.emplace_back("limit");
  if (config.with_mode) {
    per_knob("floor", false);
    per_knob("ceiling", false);
    names_.emplace_back("cpus_online");
  }
  if (config.with_previous_action) per_knob("previous_action", true);
  if (config.with_t_as) names_.emplace_back("t_as");
  if (config.with_vector_to_go) per_knob("vector_to_go", true);
  if (names_.empty()) throw std::invalid_argument("observation: every group is left out");
  last_.busy_seconds.resize(knobs_.size());
}

void ObservationEncoder::reset() { last_.valid = false; }

void ObservationEncoder::set_limits(std::span<const LevelRange> limits) {
  std::copy(limits.begin(), limits.end(), limits_.begin());
}

float ObservationEncoder::utilization(std::size_t knob, const Telemetry& telemetry,
                                      double elapsed_seconds) {
  const auto busy = busy_seconds(knobs_[knob], knob_cpus_[knob], telemetry);
  if (busy) {
    const double before = last_.busy_seconds[knob];
    last_.busy_seconds[knob] = *busy;
    if (last_.valid && elapsed_seconds > 0.0) {
      return static_cast<float>(std::clamp((*busy - before) / elapsed_seconds, 0.0, 1.0));
    }
  }
  if (telemetry.domains) {
    return static_cast<float>(
        telemetry.domains->at(knobs_[knob].domains.front()).utilization.value_or(0.0));
  }
  return 0.0F;
}

void ObservationEncoder::encode(const Telemetry& telemetry, std::span<const Level> previous_action,
                                double t_as_seconds, std::span<float> observation) {
  float* out = observation.data();
  const double elapsed = telemetry.time_seconds - last_.time_seconds;
  const ApplicationTelemetry* application =
      telemetry.application ? &telemetry.application.value() : nullptr;
  if (config_.with_effective) {
    for (const Knob& knob : knobs_) {
      const auto level = effective_level(knob, telemetry);
      *out++ = level ? encoded_level(knob, *level) : 0.0F;
    }
  }
  for (std::size_t k = 0; k < knobs_.size(); ++k) {
    if (knobs_[k].is_application()) continue;
    const float busy = utilization(k, telemetry, elapsed);
    if (config_.with_utilization) *out++ = busy;
  }
  if (config_.with_queue) {
    const auto queue = application ? static_cast<double>(application->queue_length) : 0.0;
    *out++ = log_scaled(queue, config_.queue_scale);
  }
  const std::uint64_t arrived = application ? application->arrived : 0;
  if (config_.with_arrivals) {
    const bool known = last_.valid && elapsed > 0.0 && arrived >= last_.arrived;
    const double rate = known ? static_cast<double>(arrived - last_.arrived) / elapsed : 0.0;
    *out++ = log_scaled(rate, config_.rate_scale);
  }
  const std::optional<double> none;
  if (config_.with_slack) {
    encode_optional(application ? application->slack_seconds : none, config_.slack_scale_seconds,
                    out);
  }
  if (config_.with_deadline) {
    encode_optional(application ? application->deadline_seconds : none, config_.slack_scale_seconds,
                    out);
  }
  if (config_.with_power) {
    const double watts = telemetry.total_watts ? *telemetry.total_watts : 0.0;
    *out++ = static_cast<float>(watts / config_.power_scale_watts);
  }
  if (config_.with_temperature) {
    double hottest = 0.0;
    if (telemetry.temperatures_celsius) {
      for (const auto& t : *telemetry.temperatures_celsius)
        hottest = std::max(hottest, t.value_or(0));
    }
    *out++ = static_cast<float>(hottest / 100.0);
  }
  if (config_.with_eta) *out++ = static_cast<float>(config_.eta);
  if (config_.with_limit) *out++ = encoded_limit(config_.limit, config_.limit_scale);
  if (config_.with_mode) {
    out = encode_limits(knobs_, limits_, &LevelRange::floor, out);
    out = encode_limits(knobs_, limits_, &LevelRange::ceiling, out);
    *out++ = share_online(telemetry);
  }
  for (std::size_t k = 0; config_.with_previous_action && k < knobs_.size(); ++k) {
    *out++ = encoded_level(knobs_[k], previous_action[k]);
  }
  if (config_.with_t_as) *out++ = static_cast<float>(t_as_seconds / config_.period_seconds);
  for (const Knob& knob : knobs_) {
    if (!config_.with_vector_to_go) break;
    const auto requested = requested_level(knob, telemetry);
    const auto effective = effective_level(knob, telemetry);
    const bool known = requested && effective;
    *out++ =
        known ? (encoded_level(knob, *requested) - encoded_level(knob, *effective)) / 2.0F : 0.0F;
  }
  last_.time_seconds = telemetry.time_seconds;
  last_.arrived = arrived;
  last_.valid = true;
}

}  // namespace flyball
