// How an application fared over a slice of time: how much of its limit it used, how busy the board
// was, and whether something was violated. Not thread-safe; allocates nothing.
#pragma once

#include <optional>

#include "env/config/fields.h"
#include "env/telemetry.h"

namespace flyball {

// What is not to be exceeded. Without a latency the deadline that the application tells counts;
// where it tells none, nothing is measured and only a bound on clocks protects it.
struct SliceLimit {
  std::optional<double> latency_seconds;  // of the mean over a slice
  double miss_share = 0.01;               // of the requests of a slice, where there are deadlines
};

template <typename Visitor, FieldsOf<SliceLimit> Config>
void visit(Visitor& field, Config& limit) {
  field({"latency_seconds", "s", above(0),
         "mean latency that no slice may exceed; absent: the application's deadlines"},
        limit.latency_seconds);
  field(
      {"miss_share", "", within(0, 1), "share of a slice's requests that may miss their deadline"},
      limit.miss_share);
}

struct SliceFigures {
  // Mean latency / limit, or the longest latency seen / deadline; 0 where neither is known.
  double used = 0.0;
  std::optional<double> busy;  // of the busiest unit: a CPU or another domain
  bool violated = false;
};

class SliceWatch {
 public:
  explicit SliceWatch(SliceLimit limit) : limit_(limit) {}

  // A slice begins.
  void begin(const Telemetry& telemetry);
  // What there is since begin(). Violated: a request is overdue; more were missed than allowed; the
  // mean latency is above the limit; or none was served for longer than the limit although some
  // wait.
  SliceFigures look(const Telemetry& telemetry);

 private:
  void look_at_requests(const Telemetry& telemetry, SliceFigures& figures);
  void look_at_load(const Telemetry& telemetry, SliceFigures& figures) const;

  SliceLimit limit_;
  Telemetry first_;
  double longest_seconds_ = 0.0;  // latency told since begin()
};

}  // namespace flyball
