// Other processes that take CPU time, each for a while, again and again. They run beside the
// application's threads; on the same core the scheduler shares the time. Not thread-safe.
#pragma once

#include <cstddef>
#include <vector>

#include "env/sim/application_config.h"

namespace flyball {

class CpuProcesses {
 public:
  // Requires: valid processes.
  explicit CpuProcesses(std::vector<CpuProcess> processes);

  // When one starts or stops next; infinity if none will.
  double next_seconds() const { return next_seconds_; }
  // Starts and stops what is due by now.
  void run(double now_seconds);
  bool is_any_running() const { return running_ > 0; }
  // Share of the CPU's time that they use while nothing else wants it, [0, 1].
  double used(std::size_t cpu) const;
  // Share of the CPU's time that is left for a thread which wants all of it: what the processes do
  // not want, and at least as much as a fair scheduler gives to each.
  double left(std::size_t cpu) const;

 private:
  struct Timer {
    double next_seconds = 0.0;
    std::size_t cycle = 0;  // how often it has started
    bool running = false;
  };
  struct Demand {
    double share = 0.0;
    std::size_t processes = 0;
  };

  void toggle(std::size_t process);
  Demand demand(std::size_t cpu) const;

  std::vector<CpuProcess> processes_;
  std::vector<Timer> timers_;
  double next_seconds_;
  std::size_t running_ = 0;
};

}  // namespace flyball
