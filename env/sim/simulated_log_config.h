// How a simulated board is driven to leave a telemetry log to learn from. Values.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "env/config/bounds.h"
#include "env/config/fields.h"

namespace flyball {

constexpr double kLatencyFactor = 1.8;

struct SimulatedLogConfig {
  std::optional<double> duration_seconds;  // absent: as long as the scenario's arrivals last
  double explore = 0.2;            // share of the time under random settings; 0: stock alone
  std::uint32_t hold_periods = 2;  // decision periods for which a random setting is held
  // Random settings are at most this much slower than the fastest. Absent: so slow that a request
  // is expected to take its deadline on average; where there is none, kLatencyFactor.
  std::optional<double> latency_factor;
  // Of the log, or of each segment: under stock alone at its beginning, and again at its end.
  double stock_share = 0.025;
  double power_seconds = 0.5;  // between readings of the power, as flyballd's; 0: in every row
  bool with_effect_snapshot = false;  // record the state when a setting took effect (`dvfo`)
  // Of these one is drawn at random for each segment of the log, which begins as after a reboot.
  std::vector<int> modes;                    // nvpmodel modes; empty: the scenario's alone
  std::optional<Interval> deadline_factors;  // times the scenario's, between these
  double segment_seconds = 600.0;
  std::uint64_t seed = 0;
};

template <typename Visitor, FieldsOf<SimulatedLogConfig> Config>
void visit(Visitor& field, Config& config) {
  field({"duration_seconds", "s", seconds_range(),
         "simulated seconds; absent: as long as the scenario's arrivals last"},
        config.duration_seconds);
  field({"explore", "", within(0, 1), "share of the time under random settings"}, config.explore);
  field({"hold_periods", "periods", within(1, 1e6),
         "decision periods for which a random setting is held"},
        config.hold_periods);
  field({"latency_factor", "", at_least(1),
         "random settings are at most this much slower than the fastest, as far as what stock was "
         "seen to do tells; absent: as slow as the deadline allows on average, without one 1.8"},
        config.latency_factor);
  field({"stock_share", "", within(0, 0.5),
         "share of a log that explores, or of each of its segments, that is stock's alone at the "
         "beginning, and again at the end"},
        config.stock_share);
  field({"power_seconds", "s", at_least(0),
         "between readings of the power, as flyballd reads the sensors; 0: in every row"},
        config.power_seconds);
  field({"with_effect_snapshot",
         "",
         {},
         "record the state when a setting takes effect, as backup = \"dvfo\" needs it"},
        config.with_effect_snapshot);
  field({"modes", "", within(0, 65'535),
         "ids of nvpmodel modes, one drawn per segment; empty: the scenario's"},
        config.modes);
  field({"deadline_factors", "", above(0),
         "deadlines are the scenario's times a factor between these, drawn per segment"},
        config.deadline_factors);
  field({"segment_seconds", "s", period_range(),
         "seconds for which a mode and a deadline that were drawn last"},
        config.segment_seconds);
}

// Throws std::invalid_argument naming the key at fault.
void validate(const SimulatedLogConfig& config);

}  // namespace flyball
