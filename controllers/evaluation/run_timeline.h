// What a simulated run looked like over time, change by change: for traces and reports. It is
// filled by looking on, so the run is the same as without. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "env/knob.h"
#include "env/sim/engine_watcher.h"

namespace flyball {

// Holds until the next one.
struct TimelineMoment {
  double seconds = 0.0;
  double watts = 0.0;
  double celsius = 0.0;
  std::uint64_t in_system = 0;  // requests
  WorkKind work = WorkKind::kServing;
  std::size_t batch = 0;             // requests that the server is at; 0: idle
  std::uint64_t batches = 0;         // that are done
  std::vector<double> hertz;         // [domain], effective
  std::vector<LevelRange> settings;  // [domain], what its governor may choose from
};

struct RunTimeline {
  std::vector<Domain> domains;
  std::vector<TimelineMoment> moments;  // ascending in time
  double end_seconds = 0.0;             // when the last request left, or the last moment

  // The watts over the time: what the run drew.
  double energy_joules() const;
};

class TimelineRecorder final : public EngineWatcher {
 public:
  void see(const EngineMoment& moment) override;
  const RunTimeline& timeline() const { return timeline_; }

 private:
  RunTimeline timeline_;
  bool is_over_ = false;
};

// A moment every `stride_seconds` from 0 until the end: means over time, of the queue the longest.
// For pictures. Requires: stride_seconds > 0.
std::vector<TimelineMoment> thinned(const RunTimeline& timeline, double stride_seconds);

}  // namespace flyball
