// Whether a policy may be trusted with a limit: what goes against the limit is added up, what the
// limit allows per served request is taken off. Not thread-safe.
//
// Above what the limit allows in a window the policy is distrusted, until so many requests have
// been served by others as make up for it: the more of them, the further above the limit it was,
// twice as many each time it happens again, half as many after it kept the limit for as long. A
// policy that kept the limit has saved up a little: one bad moment after a good while is what the
// limit allows, too. Most requests come in rushes, and so does what is late: what may come at once
// is counted at the rate of a rush, where there are rushes.
#pragma once

#include "env/config/fields.h"

namespace flyball {

struct TrustConfig {
  double window_seconds = 45.0;  // what the limit allows in so long may come at once ...
  double busy_seconds = 5.0;     // at the rate of the busiest moment of so long ...
  double least_requests = 1.0;   // ... and at least so many requests
  double saved_windows = 2.0;    // what can be saved up on top, in windows that went well
  double repay_share = 0.05;     // of what the limit allows: a served request makes up for it ...
  double mild_times = 3.0;       // ... and for all where no more than so many times that was missed
  double most_times = 64.0;      // as long as the first time
};

template <typename Visitor, FieldsOf<TrustConfig> Config>
void visit(Visitor& field, Config& config) {
  field({"window_seconds", "s", above(0), "what the limit allows in so long may come at once"},
        config.window_seconds);
  field({"busy_seconds", "s", above(0), "at the rate of the busiest moment of so long"},
        config.busy_seconds);
  field({"least_requests", "requests", above(0), "that may come at once in any case"},
        config.least_requests);
  field({"saved_windows", "windows", at_least(0), "that went well can be saved up on top"},
        config.saved_windows);
  field({"repay_share", "", above_up_to(0, 1),
         "of what the limit allows: what a served request makes up for at least"},
        config.repay_share);
  field({"mild_times", "", at_least(0),
         "who misses at most so many times what the limit allows makes up for it with all of that"},
        config.mild_times);
  field({"most_times", "", at_least(1), "a turn is at most so many times as long as the first"},
        config.most_times);
}

class TrustAccount {
 public:
  // `allowance`: requests that may go against the limit per request served; > 0.
  TrustAccount(double allowance, const TrustConfig& config)
      : allowance_(allowance), config_(config) {}

  // Time went by in which so many were served and, by the policy's doing, `against` went against
  // the limit, in requests; below 0 where it was kept by far.
  void pass(double seconds, double served, double against);

  bool is_trusted() const { return to_serve_ <= 0.0; }

 private:
  void find_rate(double seconds, double served);
  double most() const;
  double repay_share() const;
  void serve(double served, double against);
  void forgive(double served);

  double allowance_;
  TrustConfig config_;
  double seconds_ = 0.0;
  double served_ = 0.0;
  double rate_ = 0.0;            // requests per second, smoothed over busy_seconds
  double busiest_ = 0.0;         // the highest of those, fading over ten windows
  double recent_served_ = 0.0;   // by the policy, fading over the window
  double recent_against_ = 0.0;  // of those
  double over_ = 0.0;      // what went against the limit beyond what it allows; below 0: saved up
  double times_ = 1.0;     // as long as the first time
  double share_ = 1.0;     // that a request makes up for, this time
  double to_serve_ = 0.0;  // requests until the policy is trusted again
  double sentence_ = 0.0;  // requests that were to be served last time
  double kept_ = 0.0;      // requests since then, or since half of it was forgiven
};

}  // namespace flyball
