#include "controllers/guard.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "env/config/check_fields.h"

namespace flyball {

namespace {

// Fewer requests in the system are no queue, and of fewer served nothing can be said.
constexpr double kLeastQueue = 4.0;
constexpr double kLeastServed = 20.0;

}  // namespace

GuardConfig guard_config(const PolicyMetadata& policy) {
  GuardConfig config;
  if (!policy.constraint) {
    const auto share = policy.training ? policy.training->in_time_share : std::nullopt;
    if (share && *share < 1.0) config.miss_limit = 1.0 - *share;
    return config;
  }
  if (policy.constraint->kind == ConstraintKind::kLatency) {
    config.latency_limit_seconds = policy.constraint->limit;
  } else {
    config.miss_limit = policy.constraint->limit;
  }
  return config;
}

Guard::Guard(const GuardConfig& config)
    : config_(config),
      misses_(config.miss_limit, config.trust),
      latency_(config.latency_tolerance, config.trust) {
  check_fields(config, "guard");
}

void Guard::reset() {
  const GuardReport report = report_;
  *this = Guard(config_);
  report_ = report;
}

std::optional<GuardCause> Guard::watch(const Telemetry& telemetry, const PolicyView& view) {
  const double now = telemetry.time_seconds;
  const double elapsed = now - last_seconds_.value_or(now);
  pass_time(now, elapsed);
  const bool was_late = std::exchange(late_, false);
  if (telemetry.application) {
    find_fault(*telemetry.application, now, was_late);
    follow(*telemetry.application, elapsed);
  }
  decides_ = view.decides;
  left_room_ = false;
  if (!decides_) {
    turn_.reset();
    return std::nullopt;
  }
  take_turns(find_cause(telemetry, view), now);
  left_room_ = !turn_ && view.has_room;
  return turn_;
}

bool Guard::cannot_wait(const Telemetry& telemetry) const {
  if (!left_room_ || !telemetry.application) return false;
  const ApplicationTelemetry& application = *telemetry.application;
  return application.slack_seconds.value_or(0.0) < 0.0 || queue_is_too_long(application);
}

// The time since the last decision was this turn's, or the policy's.
void Guard::pass_time(double now_seconds, double elapsed_seconds) {
  if (decides_) report_.seconds += elapsed_seconds;
  if (turn_) report_.guarded_seconds[static_cast<std::size_t>(*turn_)] += elapsed_seconds;
  if (left_room_) slow_until_ = now_seconds;
  last_seconds_ = now_seconds;
}

// What is late is the policy's doing where it left clocks unused since that came, and so is what
// waited behind it.
void Guard::find_fault(const ApplicationTelemetry& application, double now_seconds, bool was_late) {
  deadline_seconds_ = application.deadline_seconds.value_or(deadline_seconds_);
  const double slack = application.slack_seconds.value_or(0.0);
  late_ = slack < 0.0;
  const double came = now_seconds + std::min(slack, 0.0) - deadline_seconds_;
  const bool was_slow = slow_until_ && *slow_until_ > came;
  const bool still = at_fault_ && was_late;
  at_fault_ = was_slow || still;
}

void Guard::follow(const ApplicationTelemetry& application, double elapsed_seconds) {
  const Counters now{static_cast<double>(application.served),
                     static_cast<double>(application.missed), application.in_system_seconds};
  if (last_ && now.served >= last_->served) {  // otherwise the application began anew
    const double served = now.served - last_->served;
    misses_.pass(elapsed_seconds, served, at_fault_ ? now.missed - last_->missed : 0.0);
    if (config_.latency_limit_seconds) {
      const double waited = now.in_system_seconds - last_->in_system_seconds;
      const double over = waited / *config_.latency_limit_seconds - served;
      latency_.pass(elapsed_seconds, served, turn_ || !decides_ ? 0.0 : over);
    }
    follow_served(served, elapsed_seconds);
  }
  last_ = now;
}

void Guard::follow_served(double served, double elapsed_seconds) {
  if (deadline_seconds_ <= 0.0) return;
  within_deadline_ = within_deadline_ * std::exp(-elapsed_seconds / deadline_seconds_) + served;
  most_within_deadline_ = std::max(most_within_deadline_, within_deadline_);
}

std::optional<GuardCause> Guard::find_cause(const Telemetry& telemetry,
                                            const PolicyView& view) const {
  if (!misses_.is_trusted()) return GuardCause::kMisses;
  if (!latency_.is_trusted()) return GuardCause::kLatency;
  if (late_ && view.has_room) return GuardCause::kOverdue;
  if (telemetry.application && queue_is_too_long(*telemetry.application)) {
    return GuardCause::kQueue;
  }
  if (!view.is_known) return GuardCause::kUnknown;
  if (!view.is_feasible) return GuardCause::kInfeasible;
  return std::nullopt;
}

bool Guard::queue_is_too_long(const ApplicationTelemetry& application) const {
  if (!application.deadline_seconds || !last_ || last_->served < kLeastServed) return false;
  return static_cast<double>(application.queue_length) >
         std::max(kLeastQueue, config_.queue_factor * most_within_deadline_);
}

// A turn goes by what is found now; the policy is not given back the clocks at once.
void Guard::take_turns(std::optional<GuardCause> cause, double now_seconds) {
  if (cause) {
    if (!turn_) ++report_.turns;
    turn_ = cause;
    turn_ends_ = now_seconds + config_.hold_seconds;
  } else if (now_seconds >= turn_ends_) {
    turn_.reset();
  }
}

}  // namespace flyball
