// Telemetry logs from a simulated board: its stock governors, now and then a random setting. What a
// user's first day with a board would leave behind. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "env/logs/telemetry_row.h"
#include "env/plant.h"
#include "env/sim/engine_watcher.h"
#include "env/sim/scenario.h"
#include "env/sim/simulated_log_config.h"

namespace flyball {

// Whether a log was written by a simulation: its scenario says so.
bool is_simulated(const TelemetryLogHeader& header);
// What the header of such a log says, of a scenario's name and whatever is needed to find it again.
std::string simulated_text(const std::string& scenario);
// Of which scenario, if it was; absent where the header does not name one alone.
std::optional<std::string> simulated_scenario(const TelemetryLogHeader& header);

// The scenario with work for at least so many simulated seconds, and with as much more or less
// fine-tuning beside it.
Scenario lasting(Scenario scenario, double seconds);

struct SimulatedLogRun {
  double seconds = 0.0;      // simulated
  std::size_t settings = 0;  // that exploration drew from; where there are several modes, the most
};

class SimulatedLog {
 public:
  // Throws DataError or std::invalid_argument saying what is wrong.
  SimulatedLog(const Scenario& scenario, const SimulatedLogConfig& config);

  const TelemetryLogHeader& header() const { return header_; }
  // Simulated seconds after which the log ends; absent: when the work is done.
  std::optional<double> duration_seconds() const { return config_.duration_seconds; }
  // Who looks on at the runs to come; must outlive them. Throws std::invalid_argument for a log of
  // several modes or deadlines: it is pieced together of runs that all begin at 0.
  void watch(EngineWatcher* watcher);
  // Runs from beginning to end. `keep_going` is given the simulated time.
  SimulatedLogRun run(TelemetrySink& sink, const std::function<bool(double)>& keep_going) const;

 private:
  // A piece of the log under one mode and one deadline.
  struct Segment {
    Scenario scenario;
    std::optional<double> duration_seconds;
    std::uint64_t seed = 0;
  };

  bool is_varied() const { return !config_.modes.empty() || config_.deadline_factors; }
  void fill_header();
  Scenario draw_scenario(std::mt19937_64& random) const;
  SimulatedLogRun run_segment(const Segment& segment, TelemetrySink& sink,
                              const std::function<bool(double)>& keep_going) const;

  SimulatedLogConfig config_;
  Scenario scenario_;
  TelemetryLogHeader header_;
  EngineWatcher* watcher_ = nullptr;
};

}  // namespace flyball
