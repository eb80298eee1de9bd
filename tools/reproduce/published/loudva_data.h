// The LoudVA measurements as they were recorded: the sweep of the AGX Xavier and its serving runs.
// Read from the folder `loudva` of the measurements; nothing of it is part of this project.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "env/board.h"
#include "env/logs/request_log.h"
#include "env/logs/telemetry_log.h"
#include "env/sim/sim_config.h"

namespace flyball {

// One line of tegrastats.
struct LoudvaSample {
  double time_seconds = 0.0;  // since the run's first line
  Level gpu_level = 0;
  double gpu_load = 0.0;   // 0..1
  double gpu_watts = 0.0;  // 0 while railgated
  double module_watts = 0.0;
  double cpu_cores_busy = 0.0;
};

// A serving run. Request times are on the board's clock, since the run's first line.
struct LoudvaRun {
  std::string name;  // "stock_governor_3"
  std::vector<LoudvaSample> samples;
  double seconds = 0.0;           // first to last line
  double interval_seconds = 0.0;  // between lines
  double energy_joules = 0.0;
  std::vector<LoggedRequest> requests;
  std::vector<Occupation> first_uses;  // when the server tuned itself, as the log shows it

  double mean_gpu_hz(const Board& board) const;
  double in_time_share() const;
  std::vector<double> sorted_latencies() const;
  // Requests that arrived together, with their limits times `limit_scale`.
  std::vector<Arrival> arrivals(double limit_scale) const;
  // Requests that left the queue together, at that time.
  std::vector<Arrival> dispatches() const;
};

// "stock_governor_N" and "loud_prof_N", N in 0, 1, 3, 4.
std::vector<std::string> loudva_runs();

// As `flyball import` does it, the clocks' offsets given. `name`: one of loudva_runs(). Throws what
// the readers throw.
TelemetryLog import_loudva_run(const std::filesystem::path& data, const Board& board,
                               const std::string& name);

// Likewise.
LoudvaRun load_loudva_run(const std::filesystem::path& data, const Board& board,
                          const std::string& name);

// A row of the sweep: one GPU frequency under so many concurrent requests.
struct LoudvaSweepRow {
  double gpu_hz = 0.0;
  double concurrency = 0.0;
  double requests_per_second = 0.0;
  double compute_seconds = 0.0;  // per batch
  double module_watts = 0.0;
};

// The rows of the AGX Xavier with concurrency up to 32: above that the throughput is unstable.
std::vector<LoudvaSweepRow> load_loudva_sweep(const std::filesystem::path& data);

}  // namespace flyball
