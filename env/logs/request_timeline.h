// What an application would have said of itself, from the times of its requests: counters, the
// integral of the number in the system, queue, deadline and slack, exact at every moment. Moves
// forward only. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <vector>

#include "env/logs/request_log.h"
#include "env/reward.h"
#include "env/telemetry.h"

namespace flyball {

// A request is in the system from its arrival to its completion (or to being given up). Requests
// that share a queue exit are one batch; it completes with its last request.
class RequestTimeline {
 public:
  // `shift_seconds` is added to the requests' times; the queries below are in that time.
  RequestTimeline(std::span<const LoggedRequest> requests, double shift_seconds);

  // Requires: time_seconds >= that of the call before.
  void advance_to(double time_seconds);
  // Fills the figures at the time advanced to; latencies are of requests served since the last
  // call.
  void sample(ApplicationTelemetry& figures);

  // Cumulative since the first request; seconds and energy_joules are 0.
  SpanCost total() const;
  std::size_t unfinished() const { return requests_.size() - completed_; }

 private:
  struct Batch {
    double start_seconds = 0.0;
    double completion_seconds = 0.0;
    std::size_t size = 0;
  };
  void find_batches();
  void arrive(const LoggedRequest& request);
  void complete(const LoggedRequest& request);

  std::vector<LoggedRequest> requests_;     // by arrival
  std::vector<std::size_t> by_completion_;  // indices of requests_
  std::vector<Batch> batches_;              // by start
  std::vector<double> batch_completions_;   // ascending
  std::multiset<double> limits_;            // of the requests in the system
  std::multiset<double> due_;               // arrival + limit of the same
  std::vector<double> latencies_;           // served since the last sample
  double now_seconds_ = 0.0;
  double in_system_seconds_ = 0.0;
  std::uint64_t served_ = 0;
  std::uint64_t missed_ = 0;
  std::size_t arrived_ = 0;
  std::size_t completed_ = 0;
  std::size_t batches_started_ = 0;
  std::size_t batches_completed_ = 0;
};

}  // namespace flyball
