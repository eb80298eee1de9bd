#include "controllers/minibatch_gate.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "controllers/wait_bound.h"

namespace flyball {

namespace {

constexpr double kKnownAfter = 0.2;  // of rate_seconds
constexpr std::uint64_t kKnownRequests = 8;
constexpr double kShortens = 0.1;      // towards a shorter latency, per reading
constexpr double kMostSeconds = 60.0;  // where there is no limit
constexpr double kLateFades = 3.0;     // times rate_seconds
constexpr double kRestSeconds = 2.0;

}  // namespace

MinibatchGate::MinibatchGate(const MinibatchGateConfig& config)
    : config_(config),
      arrivals_(config.rate_seconds),
      late_watch_({config.in_time_share, kLateFades * config.rate_seconds, kRestSeconds}) {}

std::optional<double> MinibatchGate::look(const Telemetry& telemetry) {
  const auto& application = telemetry.application;
  if (!application || !application->minibatch_seconds) {
    *this = MinibatchGate(config_);  // whoever comes next is another program
    return std::nullopt;
  }
  const double now = telemetry.time_seconds;
  const bool is_another =
      seen_ && (application->arrived < seen_->arrived || application->served < seen_->served ||
                application->missed < seen_->missed);
  if (is_another) *this = MinibatchGate(config_);
  observe(*application, now);
  const std::optional<double> allowed = longest(now);
  has_allowed_ = allowed.has_value();
  if (allowed) training_until_seconds_ = now + 2.0 * *application->minibatch_seconds;
  return allowed;
}

void MinibatchGate::observe(const ApplicationTelemetry& application, double now_seconds) {
  if (application.queue_length > 0) {
    deadline_seconds_ =
        application.deadline_seconds.value_or(std::numeric_limits<double>::infinity());
  }
  if (seen_) {
    const double elapsed = std::max(0.0, now_seconds - seen_->time_seconds);
    arrivals_.add(static_cast<double>(application.arrived - seen_->arrived), elapsed);
    late_watch_.see(now_seconds, elapsed, application.served - seen_->served,
                    application.missed - seen_->missed, has_allowed_);
    learn_latency(application, now_seconds);
  }
  seen_ = Seen{now_seconds, application.arrived, application.served, application.missed};
}

// A request beside training may have waited for a minibatch: what is more than that is its own.
void MinibatchGate::learn_latency(const ApplicationTelemetry& application, double now_seconds) {
  if (!application.latency_max_seconds) return;
  const double shown = *application.latency_max_seconds;
  if (now_seconds < training_until_seconds_) {
    request_seconds_ = std::max(request_seconds_, shown - *application.minibatch_seconds);
    return;
  }
  requests_known_ += application.served - seen_->served;
  request_seconds_ = std::max(shown, request_seconds_ + kShortens * (shown - request_seconds_));
}

std::optional<double> MinibatchGate::longest(double now_seconds) const {
  const bool is_known = deadline_seconds_ && requests_known_ >= kKnownRequests &&
                        arrivals_.seconds() >= kKnownAfter * config_.rate_seconds;
  if (!is_known || late_watch_.rests(now_seconds) || request_seconds_ <= 0.0) return std::nullopt;
  const double wait = wait_bound_seconds(arrivals_.high_per_second(), request_seconds_,
                                         1.0 - config_.in_time_share);
  const double left = (1.0 - config_.margin) * *deadline_seconds_ - request_seconds_ - wait;
  if (!(left > 0.0)) return std::nullopt;
  return std::min(left, kMostSeconds);
}

}  // namespace flyball
