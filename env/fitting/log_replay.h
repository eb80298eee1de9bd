// Replaying a telemetry log on the simulated board: its arrivals and settings as they were, its
// stock governors where it leaves the clocks to them, and a work model in the board's place. Values
// and free functions; every replay has a plant of its own.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "env/fitting/log_samples.h"
#include "env/logs/telemetry_log.h"
#include "env/sim/board_config.h"
#include "env/sim/sim_config.h"

namespace flyball {

// The longest stretch without a gap and under one power mode. Throws DataError where the log has
// too few rows, or none of what a replay is compared by: requests and power.
std::span<const TelemetryRow> replayable_rows(const TelemetryLog& log);

// The plant of these rows, but for work and residents: mode, CPUs online, batch ceiling, arrivals,
// and when the server tuned itself (logged_first_uses.h). Throws DataError where board and log do
// not fit together.
SimConfig logged_plant(const TelemetryLogHeader& header, std::span<const TelemetryRow> rows,
                       const BoardConfig& board);

// What the log says, one sample a row; what was served after the server tuned itself is marked.
std::vector<LogSample> logged_samples(const TelemetryLogHeader& header,
                                      std::span<const TelemetryRow> rows);

// What the replay shows at the times of the same rows; as many samples, with the same requests
// marked. Throws what SimPlant throws.
std::vector<LogSample> replayed_samples(const TelemetryLogHeader& header,
                                        std::span<const TelemetryRow> rows,
                                        const SimConfig& config);

// By how much a replay may be off.
struct ReplayTolerances {
  double energy_share = 0.05;
  double gpu_hz = 100e6;
  double latency_p95_share = 0.30;
};

// The same stretch of a log and of its replay.
struct ReplayComparison {
  StretchFigures log;
  StretchFigures replay;

  // Shares of the log's figure; absent where the log does not have it.
  std::optional<double> energy_error() const;
  std::optional<double> gpu_hz_error() const;  // hertz
  std::optional<double> latency_p95_error() const;
  // Without the requests that were there while the server tuned itself: nothing is judged by it.
  std::optional<double> untuned_p95_error() const;
};
ReplayComparison compare(std::span<const LogSample> log, std::span<const LogSample> replay);

// What is not within the tolerances, a sentence each; none: it replays.
std::vector<std::string> shortcomings(const ReplayComparison& comparison,
                                      const ReplayTolerances& tolerances);

}  // namespace flyball
