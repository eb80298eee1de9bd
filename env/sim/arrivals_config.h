// How requests arrive at a simulated application, and the arrivals themselves. Values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <variant>
#include <vector>

#include "env/sim/sim_config.h"

namespace flyball {

// Cameras that send a frame every 1 / frames_per_second seconds, each with a phase of its own.
struct CameraArrivals {
  int cameras = 1;
  double frames_per_second = 1.0;
  double jitter_seconds = 0.0;  // each frame is late by up to this, evenly spread
};

// Groups at random: the times between them are exponential.
struct PoissonArrivals {
  double groups_per_second = 1.0;
  std::size_t requests = 1;  // per group
};

// Groups at random at a rate that itself changes at random (a Markov-modulated Poisson process):
// each state lasts an exponential time, then any of the others follows, all as likely. A run begins
// in a state drawn by the share of time that each has in the long run.
struct BurstyArrivals {
  struct State {
    double groups_per_second = 0.0;  // 0: silence
    double mean_seconds = 1.0;
  };
  std::vector<State> states;  // at least two
  std::size_t requests = 1;   // per group

  // Groups per second in the long run.
  double mean_rate() const;
};

// What a CSV file says: time_seconds,requests[,limit_seconds].
struct TraceArrivals {
  std::filesystem::path file;
};

struct ArrivalsConfig {
  std::variant<ClosedLoop, CameraArrivals, PoissonArrivals, BurstyArrivals, TraceArrivals> source;
  std::optional<double> duration_seconds;  // no arrivals after that; required but for a closed loop
                                           // (which has none) and a trace (absent: all of it)
  std::optional<double> deadline_seconds;  // limit on each request's latency; a trace's own counts
};

// What a run may hold: about half a gigabyte of arrivals.
inline constexpr double kMostArrivals = 1e7;

// The arrivals themselves; same config, same seed: the same bits. Throws DataError for a trace.
Arrivals make_arrivals(const ArrivalsConfig& config, std::uint64_t seed);

}  // namespace flyball
