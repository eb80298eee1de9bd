// Work whose speed may change on the way: the share that remains is carried over. A value.
#pragma once

namespace flyball {

class ProgressClock {
 public:
  // Starts the whole of a work that takes `seconds` at the present speed.
  void start(double now_seconds, double seconds) {
    remaining_ = 1.0;
    since_seconds_ = now_seconds;
    work_seconds_ = seconds;
  }
  // From now on the whole work would take `seconds`.
  void change_speed(double now_seconds, double seconds) {
    if (work_seconds_ > 0.0) remaining_ -= (now_seconds - since_seconds_) / work_seconds_;
    if (remaining_ < 0.0) remaining_ = 0.0;
    since_seconds_ = now_seconds;
    work_seconds_ = seconds;
  }
  double end_seconds() const { return since_seconds_ + remaining_ * work_seconds_; }

 private:
  double remaining_ = 0.0;
  double since_seconds_ = 0.0;
  double work_seconds_ = 0.0;
};

}  // namespace flyball
