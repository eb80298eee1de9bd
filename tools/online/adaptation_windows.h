// What a simulated adaptation came to, window by window: the simulator's truth, no sensor between.
// Not thread-safe: the loop's thread.
#pragma once

#include <vector>

#include "env/sim/sim_plant.h"
#include "tools/online/adaptation.h"

namespace flyball {

struct AdaptationWindow {
  double begin_seconds = 0.0;
  double end_seconds = 0.0;
  double energy_joules = 0.0;
  double served = 0.0;
  double in_system_seconds = 0.0;
  DecisionCounts decisions;

  double energy_per_request() const { return served > 0.0 ? energy_joules / served : 0.0; }
  // Mean, by Little's law: of those that were in the system meanwhile.
  double latency_seconds() const { return served > 0.0 ? in_system_seconds / served : 0.0; }
};

// Everything from `begin_seconds` on, as one.
AdaptationWindow pooled_from(const std::vector<AdaptationWindow>& windows, double begin_seconds);

class WindowRecorder {
 public:
  // Both must outlive it.
  WindowRecorder(const SimPlant& plant, const Adaptation& adaptation, double window_seconds)
      : plant_(plant), adaptation_(adaptation), window_seconds_(window_seconds) {}

  // Closes the window under way when it is over. Call it once per tick.
  void tick(double now_seconds);
  // Closes it whether it is over or not.
  void finish(double now_seconds);
  const std::vector<AdaptationWindow>& windows() const { return windows_; }

 private:
  const SimPlant& plant_;
  const Adaptation& adaptation_;
  double window_seconds_;
  AdaptationWindow total_;  // up to the last window's end
  std::vector<AdaptationWindow> windows_;
};

}  // namespace flyball
