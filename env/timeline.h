// A plant's own clock: control code asks it and sleeps on it, never on the system. Not thread-safe.
#pragma once

#include <functional>
#include <utility>

namespace flyball {

class Timeline {
 public:
  virtual ~Timeline() = default;
  // Seconds since an arbitrary fixed origin; never goes back.
  virtual double now_seconds() const noexcept = 0;
  // Returns at `time_seconds` or later; at once when that has passed. A steady timeline returns
  // early when a signal interrupts the sleep, so callers look at the time again.
  virtual void sleep_until(double time_seconds) = 0;
};

// CLOCK_MONOTONIC; for real boards and the emulated one. Has no state: threads may share it.
class SteadyTimeline final : public Timeline {
 public:
  double now_seconds() const noexcept override;
  void sleep_until(double time_seconds) override;
};

// Virtual time: sleeping advances a simulation, which moves the clock through `set_now`.
class VirtualTimeline final : public Timeline {
 public:
  // `advance(t)` must bring the simulation, and this clock, to t.
  explicit VirtualTimeline(std::function<void(double)> advance) : advance_(std::move(advance)) {}
  double now_seconds() const noexcept override { return now_seconds_; }
  void sleep_until(double time_seconds) override {
    if (time_seconds > now_seconds_) advance_(time_seconds);
  }
  void set_now(double time_seconds) { now_seconds_ = time_seconds; }

 private:
  double now_seconds_ = 0.0;
  std::function<void(double)> advance_;
};

}  // namespace flyball
