// How requests arrive in a scenario, the table [arrivals]. Schema: configs/README.md. Values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <variant>

#include "env/sim/sim_config.h"
#include "tools/toml_reader.h"

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

// What a CSV file says: time_seconds,requests[,limit_seconds].
struct TraceArrivals {
  std::filesystem::path file;
};

struct ArrivalsConfig {
  std::variant<ClosedLoop, CameraArrivals, PoissonArrivals, TraceArrivals> source;
  std::optional<double> duration_seconds;  // no arrivals after that; required but for a closed loop
                                           // (which has none) and a trace (absent: all of it)
  std::optional<double> deadline_seconds;  // limit on each request's latency; a trace's own counts
};

// Throws InputError saying where and what is wrong.
ArrivalsConfig read_arrivals(const TomlTable& table);

// The arrivals themselves; same config, same seed: the same bits. Throws InputError for a trace.
Arrivals make_arrivals(const ArrivalsConfig& config, std::uint64_t seed);

}  // namespace flyball
