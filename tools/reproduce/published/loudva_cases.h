// What governors are compared on, on the measured plant of LoudVA: request traces, recorded or
// drawn anew, served to the end. Free functions; threads may share a world.
#pragma once

#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "controllers/control_loop.h"
#include "controllers/run_figures.h"
#include "env/governor.h"
#include "tools/reproduce/published/loudva_replay.h"

namespace flyball {

// What the policy turns.
inline const std::vector<std::string> kLoudvaKnobs = {"gpu", "batch"};

// What is asked for: so many images inside their limits.
inline constexpr double kLoudvaInTime = 0.995;

// A run and how tight its limits are made.
struct LoudvaCase {
  std::string name;
  std::string run;
  double limit_scale = 1.0;
  std::optional<double> controller_saving;  // percent, of the authors' controller on the board
};

// Runs 0 and 3 as recorded, and run 0 with all limits cut to a quarter.
std::vector<LoudvaCase> loudva_cases();

// Requests and the time for which the board's energy counts.
struct LoudvaTrace {
  std::vector<Arrival> arrivals;
  double seconds = 0.0;
};

// A run's requests as they were sent; `limit_scale` times their limits.
LoudvaTrace recorded_trace(const LoudvaRun& run, double limit_scale);

// As many groups of requests as the run has, drawn with replacement in stretches of eight that keep
// their order and the gaps between them, so that lulls and rushes stay what they were.
LoudvaTrace drawn_trace(const LoudvaRun& run, double limit_scale, std::mt19937_64& random);

// The loop that everything here runs in.
LoopConfig loudva_loop();

// Every trace served to the end under one governor, and energy over the trace's time. `governor`
// null: stock.
RunFigures run_traces(const LoudvaWorld& world, std::span<const LoudvaTrace> traces,
                      Governor* governor);

// Every fixed setting of GPU frequency and batch on the traces.
struct LoudvaFixed {
  double stock_joules = 0.0;
  double stock_in_time = 0.0;
  double best_in_time = 0.0;  // of any fixed setting
  // What is asked: `in_time_share`, or, where nothing fixed keeps that, the best share that
  // something fixed keeps.
  double required_in_time = 0.0;
  std::vector<Level> levels;  // the cheapest setting that keeps it
  double saving = 0.0;        // its, against stock
};
LoudvaFixed search_fixed(const LoudvaWorld& world, std::span<const LoudvaTrace> traces,
                         double in_time_share);

}  // namespace flyball
