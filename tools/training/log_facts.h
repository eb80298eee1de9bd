// What telemetry logs show of the load and of who turned what: for a training configuration made of
// them. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "env/logs/telemetry_log.h"
#include "tools/config/open_keys.h"

namespace flyball {

// Deadlines that differ by less are the same: it is rounding. Share.
inline constexpr double kSameDeadline = 0.01;

struct NamedTelemetry {
  std::string name;
  TelemetryLog log;
};

struct LogFacts {
  std::vector<std::string> knobs;          // turned in every log
  std::vector<std::string> caps;           // of those, the ones whose settings were ceilings
  std::vector<std::string> held;           // knobs that none of them turned
  double row_seconds = 0.0;                // between rows, the longest of the logs' medians
  std::optional<double> decision_seconds;  // between decisions, median; absent: none was taken
  std::optional<double> deadline_seconds;  // median of what requests had
  bool has_one_deadline = false;           // all of them the same
  double batch_seconds = 0.0;              // per batch served
  double queue_spread = 0.0;  // of its length: between the 5th and 95th percentile, over the median
  std::optional<std::string> scenario;  // that every log was simulated from, as scenario_name.h

  // The next requests are there as soon as the last ones are done: the queue is always as long.
  bool is_saturated() const { return !deadline_seconds && queue_spread <= 0.5; }
};

// What a recipe takes from them: the logs' own period where the load allows it, otherwise four
// batches or half of what a request may take. `latency_seconds`: may it take, where it has no
// deadline.
OpenKeys open_keys(const LogFacts& facts, std::optional<double> latency_seconds = std::nullopt);

// Every log that the patterns name. Throws DataError, also for what is no file: it is read again.
std::vector<NamedTelemetry> read_logs(const std::vector<std::string>& patterns);

// Throws DataError naming the log that lacks an application's figures, or in which nothing was
// turned.
LogFacts facts_of(const std::vector<NamedTelemetry>& logs);
// The same of the logs that the patterns name. A scenario that is neither in configs/scenarios nor
// a file that is still where it was is none.
LogFacts facts_of(const std::vector<std::string>& patterns);

}  // namespace flyball
