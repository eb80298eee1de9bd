#include "env/observation_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace flyball {

namespace {

float log_scaled(double value, double scale) {
  return static_cast<float>(std::log1p(std::max(value, 0.0)) / std::log1p(scale));
}

// In [-1, 1], +-1 at +-scale: linear within half a percent of the scale, logarithmic beyond. Tenths
// of a second count when little is left, seconds when much is.
float signed_log_scaled(const std::optional<double>& value, double scale) {
  constexpr double kSteepness = 200.0;
  const double x = value ? std::asinh(kSteepness * *value / scale) / std::asinh(kSteepness) : 0.0;
  return static_cast<float>(std::clamp(x, -1.0, 1.0));
}

std::optional<double> slack(const Seen& seen) {
  return seen.application != nullptr ? seen.application->slack_seconds : std::nullopt;
}

std::optional<double> deadline(const Seen& seen) {
  return seen.application != nullptr ? seen.application->deadline_seconds : std::nullopt;
}

float effective(const Seen& seen, std::size_t k, double) {
  return seen.effective[k] ? encoded_level(seen.knobs[k], *seen.effective[k]) : 0.0F;
}

float queue(const Seen& seen, std::size_t, double scale) {
  const bool known = seen.application != nullptr;
  return log_scaled(known ? static_cast<double>(seen.application->queue_length) : 0.0, scale);
}

float power(const Seen& seen, std::size_t, double scale) {
  const double watts = seen.telemetry.total_watts ? *seen.telemetry.total_watts : 0.0;
  return static_cast<float>(watts / scale);
}

// The hottest zone, against 100 degrees.
float temperature(const Seen& seen, std::size_t, double) {
  double hottest = 0.0;
  if (seen.telemetry.temperatures_celsius) {
    for (const auto& zone : *seen.telemetry.temperatures_celsius) {
      hottest = std::max(hottest, zone.value_or(0));
    }
  }
  return static_cast<float>(hottest / 100.0);
}

float cpus_online(const Seen& seen, std::size_t, double) {
  const auto& cpus = seen.telemetry.cpus;
  if (!cpus || cpus->empty()) return 0.0F;
  const auto online =
      std::count_if(cpus->begin(), cpus->end(), [](const CpuTelemetry& cpu) { return cpu.online; });
  return static_cast<float>(online) / static_cast<float>(cpus->size());
}

float vector_to_go(const Seen& seen, std::size_t k, double) {
  const Knob& knob = seen.knobs[k];
  const auto requested = requested_level(knob, seen.telemetry);
  if (!requested || !seen.effective[k]) return 0.0F;
  return (encoded_level(knob, *requested) - encoded_level(knob, *seen.effective[k])) / 2.0F;
}

std::optional<double> bandwidth(const Seen& seen) {
  return seen.application != nullptr ? seen.application->bandwidth_bits_per_second : std::nullopt;
}

// 1 at the scale, 0 at a sixteenth of it, and so on.
float bandwidth_value(const Seen& seen, std::size_t, double scale) {
  const std::optional<double> bits = bandwidth(seen);
  if (!bits || !(*bits > 0.0)) return 0.0F;
  return static_cast<float>(std::clamp(1.0 + std::log(*bits / scale) / std::log(16.0), -2.0, 2.0));
}

// 0 where the application does not say.
float known(const Seen& seen, std::optional<double> ApplicationTelemetry::*member) {
  if (seen.application == nullptr) return 0.0F;
  return static_cast<float>((seen.application->*member).value_or(0.0));
}

using Config = EncoderConfig;

constexpr std::array kTable = {
    ObservationRow{Feature::kEffective, "effective", &Config::with_effective, Per::kKnob,
                   TelemetryPart::kClocks, nullptr, effective},
    ObservationRow{Feature::kUtilization, "utilization", &Config::with_utilization, Per::kBoardKnob,
                   TelemetryPart::kLoads, nullptr,
                   [](const Seen& s, std::size_t k, double) { return s.utilization[k]; }},
    ObservationRow{Feature::kQueue, "queue", &Config::with_queue, Per::kBoard,
                   TelemetryPart::kApplication, &Config::queue_scale, queue},
    ObservationRow{Feature::kArrivals, "arrivals", &Config::with_arrivals, Per::kBoard,
                   TelemetryPart::kApplication, &Config::rate_scale,
                   [](const Seen& s, std::size_t, double scale) {
                     return log_scaled(s.arrivals_per_second, scale);
                   }},
    ObservationRow{Feature::kSlackPresent, "slack.present", &Config::with_slack, Per::kBoard,
                   TelemetryPart::kApplication, nullptr,
                   [](const Seen& s, std::size_t, double) { return slack(s) ? 1.0F : 0.0F; }},
    ObservationRow{Feature::kSlack, "slack", &Config::with_slack, Per::kBoard,
                   TelemetryPart::kApplication, &Config::slack_scale_seconds,
                   [](const Seen& s, std::size_t, double scale) {
                     return signed_log_scaled(slack(s), scale);
                   }},
    ObservationRow{Feature::kDeadlinePresent, "deadline.present", &Config::with_deadline,
                   Per::kBoard, TelemetryPart::kApplication, nullptr,
                   [](const Seen& s, std::size_t, double) { return deadline(s) ? 1.0F : 0.0F; }},
    ObservationRow{Feature::kDeadline, "deadline", &Config::with_deadline, Per::kBoard,
                   TelemetryPart::kApplication, &Config::slack_scale_seconds,
                   [](const Seen& s, std::size_t, double scale) {
                     return signed_log_scaled(deadline(s), scale);
                   }},
    ObservationRow{Feature::kPower, "power", &Config::with_power, Per::kBoard,
                   TelemetryPart::kPower, &Config::power_scale_watts, power},
    ObservationRow{Feature::kTemperature, "temperature", &Config::with_temperature, Per::kBoard,
                   TelemetryPart::kTemperature, nullptr, temperature},
    ObservationRow{
        Feature::kEta, "eta", &Config::with_eta, Per::kBoard, TelemetryPart::kNothing, nullptr,
        [](const Seen& s, std::size_t, double) { return static_cast<float>(s.config.eta); }},
    ObservationRow{Feature::kLimit, "limit", &Config::with_limit, Per::kBoard,
                   TelemetryPart::kNothing, &Config::limit_scale,
                   [](const Seen& s, std::size_t, double scale) {
                     return encoded_limit(s.config.limit, scale);
                   }},
    ObservationRow{Feature::kFloor, "floor", &Config::with_mode, Per::kBoardKnob,
                   TelemetryPart::kNothing, nullptr,
                   [](const Seen& s, std::size_t k, double) {
                     return encoded_level(s.knobs[k], s.limits[k].floor);
                   }},
    ObservationRow{Feature::kCeiling, "ceiling", &Config::with_mode, Per::kBoardKnob,
                   TelemetryPart::kNothing, nullptr,
                   [](const Seen& s, std::size_t k, double) {
                     return encoded_level(s.knobs[k], s.limits[k].ceiling);
                   }},
    ObservationRow{Feature::kCpusOnline, "cpus_online", &Config::with_mode, Per::kBoard,
                   TelemetryPart::kCpus, nullptr, cpus_online},
    ObservationRow{Feature::kPreviousAction, "previous_action", &Config::with_previous_action,
                   Per::kKnob, TelemetryPart::kNothing, nullptr,
                   [](const Seen& s, std::size_t k, double) {
                     return encoded_level(s.knobs[k], s.previous_action[k]);
                   }},
    ObservationRow{Feature::kActionAge, "action_age", &Config::with_action_age, Per::kBoard,
                   TelemetryPart::kNothing, &Config::period_seconds,
                   [](const Seen& s, std::size_t, double scale) {
                     const double periods = std::min(s.action_age_seconds / scale, kLongAge);
                     return static_cast<float>(periods / kLongAge);
                   }},
    ObservationRow{Feature::kThinkTime, "t_as", &Config::with_t_as, Per::kBoard,
                   TelemetryPart::kNothing, &Config::period_seconds,
                   [](const Seen& s, std::size_t, double scale) {
                     return static_cast<float>(s.think_seconds / scale);
                   }},
    ObservationRow{Feature::kVectorToGo, "vector_to_go", &Config::with_vector_to_go, Per::kKnob,
                   TelemetryPart::kClocks, nullptr, vector_to_go},
    ObservationRow{Feature::kBandwidthPresent, "bandwidth.present", &Config::with_bandwidth,
                   Per::kBoard, TelemetryPart::kApplication, nullptr,
                   [](const Seen& s, std::size_t, double) { return bandwidth(s) ? 1.0F : 0.0F; }},
    ObservationRow{Feature::kBandwidth, "bandwidth", &Config::with_bandwidth, Per::kBoard,
                   TelemetryPart::kApplication, &Config::bandwidth_scale, bandwidth_value},
    ObservationRow{Feature::kTopShare, "top_share", &Config::with_top_share, Per::kBoard,
                   TelemetryPart::kApplication, nullptr,
                   [](const Seen& s, std::size_t,
                      double) { return known(s, &ApplicationTelemetry::top_share); }},
    ObservationRow{
        Feature::kLambda, "lambda", &Config::with_lambda, Per::kBoard, TelemetryPart::kApplication,
        nullptr,
        [](const Seen& s, std::size_t, double) { return known(s, &ApplicationTelemetry::lambda); }},
};

constexpr bool is_in_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].feature) != i) return false;
  }
  return true;
}
static_assert(is_in_order(), "features are found by their place in the table");

}  // namespace

std::span<const ObservationRow> observation_table() { return kTable; }

std::vector<std::size_t> knobs_of(const ObservationRow& row, std::span<const Knob> knobs) {
  if (row.per == Per::kBoard) return {0};
  std::vector<std::size_t> indices;
  for (std::size_t k = 0; k < knobs.size(); ++k) {
    if (row.per == Per::kKnob || !knobs[k].is_application()) indices.push_back(k);
  }
  return indices;
}

std::string component_name(const ObservationRow& row, std::span<const Knob> knobs,
                           std::size_t knob) {
  return row.per == Per::kBoard ? row.name : fmt::format("{}.{}", row.name, knobs[knob].name);
}

}  // namespace flyball
