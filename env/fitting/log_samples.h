// What a run came to, stretch by stretch, from readings alone: the same figures of a board's log
// and of its replay. Values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "env/knob.h"
#include "env/telemetry.h"

namespace flyball {

// One reading; sums count from the first.
struct LogSample {
  double time_seconds = 0.0;
  std::optional<double> watts;
  std::optional<double> gpu_hz;            // absent: not shown; 0: off
  std::optional<double> gpu_busy_seconds;  // absent: never shown
  double cpu_busy_seconds = 0.0;           // all cores
  std::uint64_t arrived = 0;
  std::uint64_t served = 0;
  std::uint64_t missed = 0;
  std::uint64_t batches = 0;
  std::uint64_t in_system = 0;  // now
  double in_system_seconds = 0.0;
  std::optional<double> latency_mean_seconds;  // of those served since the sample before
  std::optional<double> latency_max_seconds;
  bool tuned_meanwhile = false;  // of those, some were there while the server tuned itself
};

// Makes samples of the readings of one run, in order.
class LogSampler {
 public:
  // `gpu`: index of its domain; absent: the plant has none, or shows none.
  explicit LogSampler(std::optional<std::size_t> gpu) : gpu_(gpu) {}
  // Requires: telemetry with an application.
  LogSample sample(const Telemetry& telemetry);

 private:
  std::optional<std::size_t> gpu_;
  double last_seconds_ = 0.0;
  double counted_busy_ = 0.0;  // where only the share is shown
  bool has_last_ = false;
};

struct StretchFigures {
  double seconds = 0.0;
  std::optional<double> energy_joules;  // absent: power was not read all the time
  std::optional<double> gpu_hz;         // mean of what the readings show, 0 where it is off
  std::optional<double> gpu_busy;       // share of the time
  double cpu_busy = 0.0;                // cores
  std::uint64_t arrived = 0;
  std::uint64_t served = 0;
  std::uint64_t missed = 0;  // late or given up
  std::uint64_t batches = 0;
  double in_system = 0.0;  // requests in the system, on average
  std::vector<double> sorted_latencies;
  std::vector<double>
      untuned_latencies;  // sorted: without requests that saw the server tune itself

  double latency_seconds(double q) const;
  double untuned_latency_seconds(double q) const;
  double missed_share() const;  // of those that arrived
};

// Of two or more samples. Latencies of a row that served several are told by their mean and their
// largest: one has that, the others share the rest.
StretchFigures figures_of(std::span<const LogSample> samples);

// Of several stretches as if they were one: sums, means by time, all latencies. What one of them
// lacks is absent.
StretchFigures pooled(std::span<const StretchFigures> stretches);

// The samples cut into `blocks` stretches that are as long in time; each begins with the last
// sample of the one before.
std::vector<std::span<const LogSample>> cut_in_time(std::span<const LogSample> samples,
                                                    std::size_t blocks);

}  // namespace flyball
