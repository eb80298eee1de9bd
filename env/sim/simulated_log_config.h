// How a simulated board is driven to leave a telemetry log to learn from. Values.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace flyball {

struct SimulatedLogConfig {
  std::optional<double> duration_seconds;  // absent: as long as the scenario's arrivals last
  double explore = 0.2;            // share of the time under random settings; 0: stock alone
  std::uint32_t hold_periods = 2;  // decision periods for which a random setting is held
  double latency_factor = 1.8;     // random settings are at most this much slower than the fastest
  bool with_effect_snapshot = false;  // record the state when a setting took effect (`dvfo`)
  // Of these one is drawn at random for each segment of the log, which begins as after a reboot.
  std::vector<int> modes;  // nvpmodel modes; empty: the scenario's alone
  std::optional<std::pair<double, double>> deadline_factors;  // times the scenario's, between these
  double segment_seconds = 600.0;
  std::uint64_t seed = 0;
};

// Throws std::invalid_argument naming the key at fault.
void validate(const SimulatedLogConfig& config);

}  // namespace flyball
