// How requests arrive at a simulated application, and the arrivals themselves. Values.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <variant>
#include <vector>

#include "env/config/bounds.h"
#include "env/config/fields.h"
#include "env/sim/sim_config.h"

namespace flyball {

// Cameras that send a frame every 1 / frames_per_second seconds, each with a phase of its own.
struct CameraArrivals {
  int cameras = 1;
  double frames_per_second = 1.0;
  double jitter_seconds = 0.0;  // each frame is late by up to this, evenly spread
};
constexpr Range rate_range() { return above_up_to(0, 1e6); }
template <typename Visitor, FieldsOf<CameraArrivals> Config>
void visit(Visitor& field, Config& cameras) {
  field({"cameras", "", within(1, 10'000), "each with a phase of its own", Need::kRequired},
        cameras.cameras);
  field({"frames_per_second", "1/s", rate_range(), "of each camera", Need::kRequired},
        cameras.frames_per_second);
  field({"jitter_seconds", "s", within(0, kMostSeconds), "a frame is late by up to this"},
        cameras.jitter_seconds);
}

// Groups at random: the times between them are exponential.
struct PoissonArrivals {
  double groups_per_second = 1.0;
  std::size_t requests = 1;  // per group
};
template <typename Visitor, FieldsOf<PoissonArrivals> Config>
void visit(Visitor& field, Config& poisson) {
  field({"groups_per_second", "1/s", rate_range(), "groups at random times", Need::kRequired},
        poisson.groups_per_second);
  field({"requests", "", requests_range(), "of a group"}, poisson.requests);
}

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
template <typename Visitor, FieldsOf<BurstyArrivals::State> Config>
void visit(Visitor& field, Config& state) {
  field(
      {"groups_per_second", "1/s", within(0, 1e6), "at random times; 0: silence", Need::kRequired},
      state.groups_per_second);
  field({"mean_seconds", "s", period_range(), "that it lasts, then any other follows",
         Need::kRequired},
        state.mean_seconds);
}
template <typename Visitor, FieldsOf<BurstyArrivals> Config>
void visit(Visitor& field, Config& bursty) {
  field({"states", "", {}, "at least two rates that change at random", Need::kRequired},
        bursty.states);
  field({"requests", "", requests_range(), "of a group"}, bursty.requests);
}

// What a CSV file says: time_seconds,requests[,limit_seconds].
struct TraceArrivals {
  std::filesystem::path file;
  bool repeat = false;  // from its beginning, until duration_seconds are over
};
template <typename Visitor, FieldsOf<TraceArrivals> Config>
void visit(Visitor& field, Config& trace) {
  field({"file", "", {}, "CSV: time_seconds,requests[,limit_seconds]", Need::kRequired},
        trace.file);
  field({"repeat", "", {}, "it begins again after its end, until duration_seconds are over"},
        trace.repeat);
}

// From then on requests that arrive have another deadline.
struct DeadlineStep {
  double time_seconds = 0.0;
  double deadline_seconds = 0.0;
};
template <typename Visitor, FieldsOf<DeadlineStep> Config>
void visit(Visitor& field, Config& step) {
  field({"time_seconds", "s", at_least(0), "from then on", Need::kRequired}, step.time_seconds);
  field({"deadline_seconds", "s", seconds_range(), "limit on a request's latency", Need::kRequired},
        step.deadline_seconds);
}

struct ArrivalsConfig {
  std::variant<ClosedLoop, CameraArrivals, PoissonArrivals, BurstyArrivals, TraceArrivals> source;
  std::optional<double> duration_seconds;  // no arrivals after that; required but for a closed loop
                                           // (which has none) and a trace (absent: all of it)
  std::optional<double> deadline_seconds;  // limit on each request's latency; a trace's own counts
  std::vector<DeadlineStep> deadline_steps = {};  // other limits later, ascending in time
};
template <typename Visitor, FieldsOf<ArrivalsConfig> Config>
void visit(Visitor& field, Config& arrivals) {
  field.kind({"kind", "", {}, "how requests arrive", Need::kRequired}, arrivals.source,
             std::array{"closed_loop", "camera", "poisson", "bursty", "trace"});
  field({"duration_seconds", "s", seconds_range(),
         "nothing arrives after that; not of a closed_loop, and of a trace all of it if absent"},
        arrivals.duration_seconds);
  field({"deadline_seconds", "s", seconds_range(), "limit on each request's latency; absent: none"},
        arrivals.deadline_seconds);
  field({"deadline_steps", "", {}, "other limits on what arrives later; not of a closed_loop"},
        arrivals.deadline_steps);
}

// Throws std::invalid_argument naming the key at fault ("arrivals.states").
void validate(const ArrivalsConfig& config);

// What a run may hold: about half a gigabyte of arrivals.
inline constexpr double kMostArrivals = 1e7;

// The arrivals themselves; same config, same seed: the same bits. Throws DataError for a trace.
Arrivals make_arrivals(const ArrivalsConfig& config, std::uint64_t seed);

}  // namespace flyball
