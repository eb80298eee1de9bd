// One setting measured on a running application: batches averaged until the mean latency and the
// mean power are known well enough. Not thread-safe; allocates nothing.
//
// Latency is the mean over the requests served. Energy per request is mean power times latency over
// the mean number of requests in the system (Little's law), so that it does not matter where in a
// batch the time begins and ends. Power is what the sensor shows, corrected for its lag: a reading
// follows the power exponentially, so what is missing at the ends is the lag times the difference
// of the last and the first reading. Readings with the stamp of the former one are none.
#pragma once

#include <cstdint>
#include <optional>

#include "env/telemetry.h"

namespace flyball {

struct SampleMeterConfig {
  double error = 0.005;        // wanted standard deviation of each mean, relative
  double least_seconds = 2.0;  // that a sample takes
  double most_seconds = 60.0;  // then it is taken with the error that it has
  double block_seconds = 1.0;  // of power readings whose means count as independent
  double lag_seconds = 0.42;   // of the power sensor (INA3221)
  // Batches whose latencies' mean counts as independent: where storage reads ahead or a queue
  // forms, slow and fast batches alternate. At least three such blocks make a sample.
  std::uint64_t block_batches = 8;
};

// The figures so far.
struct SampleReading {
  double seconds = 0.0;
  double joules = 0.0;
  double error = 0.0;  // the larger of latency's and power's, relative
};

class SampleMeter {
 public:
  explicit SampleMeter(SampleMeterConfig config) : config_(config) {}

  // The time begins. Requires: an application and power in the telemetry.
  void begin(const Telemetry& telemetry);
  // Called at every reading after begin().
  void look(const Telemetry& telemetry);
  // The least time has passed, and the least blocks of batches.
  bool is_long_enough() const;
  // Known well enough, or as well as the time allows.
  bool is_done() const;
  // Absent while nothing was served: after most_seconds the time waited stands for the latency.
  std::optional<SampleReading> reading() const;

 private:
  // Weighted mean and the standard deviation of it.
  struct Mean {
    double weights = 0.0;
    double squares = 0.0;  // of the weights
    double mean = 0.0;
    double spread = 0.0;  // sum of weighted squared distances
    std::uint64_t count = 0;

    void add(double value, double weight);
    double error() const;  // relative; infinite below two values
  };

  double latency_error() const;
  void look_at_requests(const Telemetry& telemetry);
  void look_at_power(const Telemetry& telemetry);

  SampleMeterConfig config_;
  double began_ = 0.0;
  double now_ = 0.0;
  double in_system_began_ = 0.0;
  double in_system_ = 0.0;
  std::uint64_t served_ = 0;
  std::uint64_t batches_ = 0;
  Mean latency_;
  Mean latency_blocks_;
  double block_sum_ = 0.0;  // of the latencies in the block under way, by request
  double block_served_ = 0.0;
  std::uint64_t block_first_batch_ = 0;

  double first_watts_ = 0.0;
  double last_watts_ = 0.0;
  double first_stamp_ = 0.0;
  double last_stamp_ = 0.0;
  double joules_ = 0.0;  // between the first and the last stamp
  double block_began_ = 0.0;
  double block_joules_ = 0.0;
  Mean block_watts_;
};

}  // namespace flyball
