// What a plant shows of itself. SI units; every group carries its own stamp (the plant's timeline),
// because power, temperature and load come at different rates. What is absent is absent.
//
// Counters are cumulative since the plant began: whoever reads takes differences over a window of
// its own. Filling a Telemetry again reuses its storage, so a control tick allocates nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <vector>

namespace flyball {

// A value that may be absent, with the time it was taken. Keeps its storage when cleared.
template <typename T>
class Stamped {
 public:
  bool has_value() const { return present_; }
  explicit operator bool() const { return present_; }
  double time_seconds() const { return time_seconds_; }
  // Throws std::logic_error when absent.
  const T& value() const {
    if (!present_) throw std::logic_error("telemetry group is absent");
    return value_;
  }
  const T& operator*() const { return value(); }
  const T* operator->() const { return &value(); }
  // Marks the group present at `time_seconds` and returns the storage to fill.
  T& refill(double time_seconds) {
    present_ = true;
    time_seconds_ = time_seconds;
    return value_;
  }
  void clear() { present_ = false; }

 private:
  bool present_ = false;
  double time_seconds_ = 0.0;
  T value_{};
};

// One entry per domain of the plant's description.
struct DomainTelemetry {
  // 0: switched off; absent: not shown.
  std::optional<double> requested_hz;  // what was asked for last (scaling_cur_freq, target_freq)
  std::optional<double> effective_hz;  // what runs (differs during actuation and throttling)
  double floor_hz = 0.0;               // limits in force: mode, thermal cap, lease
  double ceiling_hz = 0.0;
  std::optional<double> utilization;   // 0..1 over the last window, as the kernel's file shows it
  std::optional<double> busy_seconds;  // cumulative; GPU and EMC (CPUs: see CpuTelemetry)
};

// One entry per possible CPU; cumulative times as in /proc/stat.
struct CpuTelemetry {
  bool online = true;
  double busy_seconds = 0.0;
  double idle_seconds = 0.0;
  double iowait_seconds = 0.0;
};

// What the application says of itself. One image, one inference: one request.
struct ApplicationTelemetry {
  std::uint64_t arrived = 0;       // cumulative
  std::uint64_t served = 0;        // cumulative
  std::uint64_t missed = 0;        // cumulative: served (or given up) after their deadline
  double in_system_seconds = 0.0;  // cumulative integral of the number of requests in the system
  std::uint64_t batches = 0;       // cumulative batches completed
  std::uint64_t queue_length = 0;  // requests in the system now, those in service included
  std::optional<double> latency_mean_seconds;  // of requests served since the last sample
  std::optional<double> latency_p95_seconds;
  std::optional<double> latency_max_seconds;
  std::optional<double> deadline_seconds;  // smallest relative limit of the requests in the system
  std::optional<double> slack_seconds;     // smallest remaining slack of the requests in the system
  std::optional<double> batch_recommended;  // the ceiling asked for
  std::optional<double> batch_effective;    // size of the last batch started
  // Of an application that sends a share of its work to a cloud.
  std::optional<double> offload_recommended;        // the share asked for, 0 to 1
  std::optional<double> offload_effective;          // of the last batch started
  std::optional<double> bandwidth_bits_per_second;  // of the last transfer; absent: none was made
  std::optional<double> top_share;  // of the importance that its requests' first features hold
  std::optional<double> lambda;     // the edge's weight in the fused answer
  // Of an application that is fine-tuned beside its inference.
  std::optional<double> fine_tuning_recommended;  // asked for, as the knob's values
  std::optional<double> minibatches;              // cumulative: done
  std::optional<double> minibatches_waiting;      // now, the one under way included
  std::optional<double> minibatch_seconds;        // how long the last one took
  bool finished = false;  // no request is in the system, none will come, no minibatch is left
};

struct Telemetry {
  double time_seconds = 0.0;
  Stamped<std::vector<DomainTelemetry>> domains;
  Stamped<std::vector<CpuTelemetry>> cpus;
  Stamped<std::vector<std::optional<double>>> rail_watts;            // per rail of the description
  Stamped<double> total_watts;                                       // whole module
  Stamped<std::vector<std::optional<double>>> temperatures_celsius;  // per zone of the description
  Stamped<ApplicationTelemetry> application;
};

}  // namespace flyball
