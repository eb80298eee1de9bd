// Telemetry logs from a simulated board: its stock governors, now and then a random setting. What a
// user's first day with a board would leave behind. Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "controllers/control_loop.h"
#include "env/logs/telemetry_row.h"
#include "env/sim/sim_plant.h"
#include "tools/config/scenario.h"

namespace flyball {

struct SimulatedLogConfig {
  std::optional<double> duration_seconds;  // absent: as long as the scenario's arrivals last
  double explore = 0.2;            // share of the time under random settings; 0: stock alone
  std::uint32_t hold_periods = 2;  // decision periods for which a random setting is held
  double latency_factor = 1.8;     // random settings are at most this much slower than the fastest
  bool with_effect_snapshot = false;  // record the state when a setting took effect (`dvfo`)
  std::uint64_t seed = 0;
};

// Throws std::invalid_argument naming the key at fault.
void validate(const SimulatedLogConfig& config);

// Whether a log was written by a simulation: its scenario says so.
bool is_simulated(const TelemetryLogHeader& header);

class SimulatedLog {
 public:
  // Throws InputError or std::invalid_argument saying what is wrong.
  SimulatedLog(const Scenario& scenario, const SimulatedLogConfig& config);

  const TelemetryLogHeader& header() const { return header_; }
  // Simulated seconds after which the log ends; absent: when the work is done.
  std::optional<double> duration_seconds() const { return config_.duration_seconds; }
  // Joint actions that exploration draws from.
  std::size_t explored_actions() const;
  // Runs once, from beginning to end. `keep_going` is given the simulated time.
  LoopReport run(TelemetrySink& sink, const std::function<bool(double)>& keep_going);

 private:
  void fill_header(const Scenario& scenario);
  std::vector<std::uint8_t> explorable(const Scenario& scenario) const;

  SimulatedLogConfig config_;
  ControlConfig control_;
  SimPlant plant_;
  std::vector<std::size_t> knobs_;
  std::vector<std::uint8_t> allowed_;
  TelemetryLogHeader header_;
};

}  // namespace flyball
