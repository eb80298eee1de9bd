// Whether a program that serves inference may run one minibatch of training now: Fulcrum's managed
// interleaving, asked minibatch by minibatch. From what the program reports alone, without a model
// of it. Not thread-safe; looking allocates nothing.
//
// A request that comes while a minibatch runs waits for what is left of it. So a minibatch may take
// what is left of the limit on latency after a margin, what a request takes by itself, and the wait
// for other requests (wait_bound.h). Where too many are late all the same, training rests
// (late_watch.h). The program asks only while no request is in its system.
#pragma once

#include <cstdint>
#include <optional>

#include "controllers/faded_count.h"
#include "controllers/late_watch.h"
#include "env/telemetry.h"

namespace flyball {

struct MinibatchGateConfig {
  double in_time_share = 0.97;  // of requests that have to meet their limit
  double margin = 0.1;          // of the limit
  double rate_seconds = 10.0;   // over which arrivals are counted
};

class MinibatchGate {
 public:
  explicit MinibatchGate(const MinibatchGateConfig& config = {});

  // How long a minibatch that begins now may take; absent: none may begin, because the program does
  // not train or does not report, arrivals or latencies are not known yet, or there is no time.
  std::optional<double> look(const Telemetry& telemetry);

 private:
  struct Seen {
    double time_seconds = 0.0;
    std::uint64_t arrived = 0;
    std::uint64_t served = 0;
    std::uint64_t missed = 0;
  };

  void observe(const ApplicationTelemetry& application, double now_seconds);
  void learn_latency(const ApplicationTelemetry& application, double now_seconds);
  std::optional<double> longest(double now_seconds) const;

  MinibatchGateConfig config_;
  FadedCount arrivals_;
  LateWatch late_watch_;
  std::optional<Seen> seen_;
  std::optional<double> deadline_seconds_;  // absent: no request was seen yet
  double request_seconds_ = 0.0;            // that one takes without a minibatch; the long ones
  std::uint64_t requests_known_ = 0;        // that tell it
  bool has_allowed_ = false;
  double training_until_seconds_ = 0.0;  // by then what was allowed last is over
};

}  // namespace flyball
