// What is promised is kept, whatever a policy does: where requests are late or are going to be, the
// kernel's governors take over. Not thread-safe; watch allocates nothing.
//
// Two kinds of turn. What can be helped now - a request that is overdue while the policy leaves
// clocks unused, a queue that no clock serves in time, a state that the policy was not trained on
// or in which it sees no way to keep its limit - lasts as long as that, and a moment more. A limit
// that was not kept costs trust (trust_account.h): a miss counts against the policy where it had
// left clocks unused since the request came.
//
// A rule whose telemetry is absent is off: without an application's telemetry what the policy says
// of itself is all that is left.
#pragma once

#include <optional>

#include "controllers/guard_report.h"
#include "controllers/trust_account.h"
#include "env/config/fields.h"
#include "env/telemetry.h"
#include "policies/policy_file.h"

namespace flyball {

struct GuardConfig {
  std::optional<double> latency_limit_seconds;  // mean per request; absent: that rule is off
  double miss_limit = 0.01;                     // share of the requests, where they have deadlines
  double latency_tolerance = 0.05;              // so much above the limit is not yet above it
  double queue_factor = 2.0;  // times what was ever served within a deadline is too long
  double hold_seconds = 0.5;  // a turn goes on so long after what can be helped
  TrustConfig trust;
};

template <typename Visitor, FieldsOf<GuardConfig> Config>
void visit(Visitor& field, Config& config) {
  field({"latency_limit_seconds", "s", above(0), "mean per request; absent: that rule is off"},
        config.latency_limit_seconds);
  field({"miss_limit", "", above(0), "share of the requests, where they have deadlines"},
        config.miss_limit);
  field({"latency_tolerance", "", above(0), "so much above the limit is not yet above it"},
        config.latency_tolerance);
  field({"queue_factor", "", above(0), "times what was ever served within a deadline is too long"},
        config.queue_factor);
  field({"hold_seconds", "s", at_least(0), "a turn goes on so long after what can be helped"},
        config.hold_seconds);
  field({"trust", "", {}, "how much may go against a limit, and what it costs"}, config.trust);
}

// The limits that a policy was trained to keep, or validated against.
GuardConfig guard_config(const PolicyMetadata& policy);

// What a policy says of the state that it just decided on.
struct PolicyView {
  bool is_known = true;     // it was trained on states like this one
  bool is_feasible = true;  // it predicts that an action keeps the limit
  bool has_room = true;     // what it chose leaves clocks unused
  bool decides = true;      // it is asked at all: others may have the clocks by turns
};

class Guard {
 public:
  // Throws std::invalid_argument naming the key at fault ("guard.miss_limit").
  explicit Guard(const GuardConfig& config);

  // Once per decision, and where cannot_wait() says so. Returns why the policy does not decide now;
  // nothing: it does.
  std::optional<GuardCause> watch(const Telemetry& telemetry, const PolicyView& view);

  // Between two watches: what the policy decided last leaves clocks unused, and meanwhile a request
  // is overdue or the queue too long.
  bool cannot_wait(const Telemetry& telemetry) const;

  // Requests were overdue at the last watch(): the kernel's governors take their time, the highest
  // clocks help at once.
  bool is_urgent() const { return late_; }

  void reset();  // forgets all but the report
  const GuardReport& report() const { return report_; }

 private:
  struct Counters {
    double served = 0.0;
    double missed = 0.0;
    double in_system_seconds = 0.0;
  };

  void pass_time(double now_seconds, double elapsed_seconds);
  void find_fault(const ApplicationTelemetry& application, double now_seconds, bool was_late);
  void follow(const ApplicationTelemetry& application, double elapsed_seconds);
  void follow_served(double served, double elapsed_seconds);
  std::optional<GuardCause> find_cause(const Telemetry& telemetry, const PolicyView& view) const;
  bool queue_is_too_long(const ApplicationTelemetry& application) const;
  void take_turns(std::optional<GuardCause> cause, double now_seconds);

  GuardConfig config_;
  TrustAccount misses_;
  TrustAccount latency_;
  std::optional<double> last_seconds_;
  std::optional<Counters> last_;
  double deadline_seconds_ = 0.0;  // the last one seen
  double within_deadline_ = 0.0;   // requests served, fading
  double most_within_deadline_ = 0.0;
  bool late_ = false;                 // a request is overdue
  bool left_room_ = false;            // the decision in force, if the policy's
  bool decides_ = true;               // the decision in force is the policy's, or the guard's
  std::optional<double> slow_until_;  // it was last
  bool at_fault_ = false;             // for what is late, or was served late just now
  std::optional<GuardCause> turn_;    // under way
  double turn_ends_ = 0.0;            // not before
  GuardReport report_;
};

}  // namespace flyball
