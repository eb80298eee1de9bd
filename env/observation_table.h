// The features of the observation, a row each: names, size, what is required of the telemetry and
// the encoding all walk this table. To add a feature: a row, an id in Feature and a flag in
// EncoderConfig. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "env/observation.h"

namespace flyball {

// What a feature is computed from: the telemetry and what the encoder makes of it once.
struct Seen {
  const EncoderConfig& config;
  const Telemetry& telemetry;
  const ApplicationTelemetry* application;  // null: absent
  double arrivals_per_second;               // since the last encoding
  double action_age_seconds;                // of the previous action
  double think_seconds;                     // t_AS
  std::span<const Knob> knobs;
  std::span<const LevelRange> limits;               // per knob, of the mode
  std::span<const Level> previous_action;           // per knob
  std::span<const std::optional<Level>> effective;  // per knob
  std::span<const float> utilization;               // per knob with domains
};

enum class Per : std::uint8_t { kBoard, kBoardKnob, kKnob };
// What a feature needs of the telemetry, beside the domains, which all need. What is of knobs is
// needed of each of them.
enum class TelemetryPart : std::uint8_t {
  kNothing,
  kApplication,
  kPower,
  kTemperature,
  kClocks,
  kLoads,
  kCpus,
};

struct ObservationRow {
  Feature feature;
  const char* name;
  bool EncoderConfig::*flag;
  Per per;
  TelemetryPart needs;
  double EncoderConfig::*scale;  // null: none
  float (*value)(const Seen& seen, std::size_t knob, double scale);
};

// In the order of the observation, which is that of Feature.
std::span<const ObservationRow> observation_table();

// The knobs that the row has a number for; knob 0 stands for a row of the whole board.
std::vector<std::size_t> knobs_of(const ObservationRow& row, std::span<const Knob> knobs);
std::string component_name(const ObservationRow& row, std::span<const Knob> knobs,
                           std::size_t knob);

}  // namespace flyball
