// One row of a telemetry log: one sample period of a run, enough to learn from later. Values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "env/decision.h"
#include "env/knob.h"
#include "env/plant.h"
#include "env/reward.h"
#include "env/telemetry.h"

namespace flyball {

// The row covers [telemetry.time_seconds, telemetry.time_seconds + period_seconds).
struct TelemetryRow {
  Telemetry telemetry;          // as read at the start of the row
  double period_seconds = 0.0;  // measured, to the start of the next row

  std::optional<std::uint16_t> mode;  // nvpmodel's, one of the header's modes; absent: not known

  // What is in force. `decided`: chosen at the start of this row; otherwise held from before.
  bool decided = false;
  DecidedBy decided_by = DecidedBy::kResident;
  std::optional<double> probability;     // of the choice, where a policy made it
  std::optional<Setting> setting;        // over the log's knobs; absent while residents decide
  std::optional<double> t_as_seconds;    // from reading to having applied; decided rows only
  std::optional<double> effect_seconds;  // from the row's start to the setting being effective
  // Snapshot when the setting decided last took effect (the `dvfo` backup needs it), in the row in
  // which it did.
  std::optional<Telemetry> at_effect;

  // Costs of the row as the board shows them, until the setting decided last took effect and from
  // then on: a row that ends before that is all in `before`, one that begins after it in `after`.
  // energy_joules is the trapezoid of the power readings, still with the sensor's lag in it; absent
  // where one of the two is.
  SpanCost before_effect;
  SpanCost after_effect;
  SpanCost cost() const { return before_effect + after_effect; }

  bool terminated = false;  // the work ended with this row
  bool truncated = false;   // the log was cut here (time limit, gap, mode change)
};

// What an nvpmodel mode allows: levels per knob of the plant.
struct ModeLimits {
  std::uint16_t id = 0;
  std::vector<LevelRange> limits;
};

// What the rows of one log have in common; the log file's header.
struct TelemetryLogHeader {
  PlantDescription plant;
  std::vector<ModeLimits> modes;  // that rows name; where they name none, the plant's limits hold
  std::vector<std::string> leased_knobs;            // names, in the order of TelemetryRow::setting
  std::string scenario;                             // what was run; free text
  std::string version;                              // of the program that wrote the log
  std::string governor;                             // who governed
  std::optional<double> sensor_lag_seconds;         // time constant of the power readings
  std::optional<double> energy_reference_joules;    // stock's per request, where known
  std::optional<double> latency_reference_seconds;  // stock's mean, where known
};

// Receives the rows of a run in order. Not thread-safe. Throws where a row cannot be kept.
class TelemetrySink {
 public:
  virtual ~TelemetrySink() = default;
  virtual void write(const TelemetryRow& row) = 0;
};

}  // namespace flyball
