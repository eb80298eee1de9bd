// What a scenario's recorded trace holds, made of single requests: groups that arrive together.
// Pure functions and values.
#pragma once

#include <cstddef>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "env/logs/request_log.h"
#include "env/sim/sim_config.h"

namespace flyball {

// Requests of the same arrival time and limit are a group. Ascending; times count from the first.
std::vector<Arrival> arrival_trace(std::span<const LoggedRequest> requests);

// Arrivals like those of recorded traces, for as long as asked: stretches of eight groups, each
// from a trace that is drawn in proportion to its groups, with their order and the gaps between
// them, so that lulls and rushes stay what they were. The same generator's state, the same bits.
// Throws std::invalid_argument where a trace is shorter than two groups or all of one moment.
std::vector<Arrival> drawn_arrivals(std::span<const std::vector<Arrival>> traces, double seconds,
                                    std::mt19937_64& random);

// time_seconds,requests[,limit_seconds]: what `arrivals.kind = "trace"` reads. The last column is
// there where a group has a limit; times are rounded to microseconds.
std::string trace_to_csv(std::span<const Arrival> arrivals);

struct TraceFigures {
  std::size_t requests = 0;
  std::size_t groups = 0;
  std::size_t largest_group = 0;
  std::size_t limited = 0;            // requests with a limit on their latency
  double span_seconds = 0.0;          // from the first to the last arrival
  std::size_t busiest_requests = 0;   // most requests within one second
  double busiest_from_seconds = 0.0;  // where that second begins
};
TraceFigures trace_figures(std::span<const Arrival> arrivals);

}  // namespace flyball
