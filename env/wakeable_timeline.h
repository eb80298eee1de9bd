// The steady clock, with a sleep that a file descriptor ends: a signalfd, whose signals interrupt
// nothing. Constant after construction: threads may share it. No errors: a descriptor that cannot
// be waited for ends the sleep, too.
#pragma once

#include <optional>

#include "env/timeline.h"

namespace flyball {

class WakeableTimeline final : public Timeline {
 public:
  // While `descriptor` is readable no sleep begins or goes on: whoever sleeps takes what is in it.
  // Absent: nothing but a signal handler ends a sleep. Not owned.
  explicit WakeableTimeline(std::optional<int> descriptor) : descriptor_(descriptor) {}
  double now_seconds() const noexcept override { return steady_.now_seconds(); }
  void sleep_until(double time_seconds) override;

 private:
  SteadyTimeline steady_;
  std::optional<int> descriptor_;
};

}  // namespace flyball
