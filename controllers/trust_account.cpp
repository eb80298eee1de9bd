#include "controllers/trust_account.h"

#include <algorithm>
#include <cmath>

namespace flyball {

namespace {

constexpr double kBusyWindows = 10.0;  // a rush is remembered so long
constexpr double kProbation = 0.5;
constexpr double kRushTimes = 2.0;  // the mean rate: more of a rush does not count

}  // namespace

void TrustAccount::pass(double seconds, double served, double against) {
  find_rate(seconds, served);
  if (!is_trusted()) return serve(served, against);
  forgive(served);
  const double faded = std::exp(-seconds / config_.window_seconds);
  recent_served_ = faded * recent_served_ + served;
  recent_against_ = faded * recent_against_ + against;
  const double saved = config_.saved_windows * std::max(0.0, most() - config_.least_requests);
  over_ = std::max(-saved, over_ + against - allowance_ * served);
  if (over_ <= most()) return;
  sentence_ = 0.0;
  share_ = repay_share();
  serve(0.0, over_);
  over_ = recent_served_ = recent_against_ = 0.0;
}

void TrustAccount::find_rate(double seconds, double served) {
  seconds_ += seconds;
  served_ += served;
  if (seconds <= 0.0) return;
  const double faded = std::exp(-seconds / config_.busy_seconds);
  rate_ = faded * rate_ + (1.0 - faded) * served / seconds;
  busiest_ *= std::exp(-seconds / (kBusyWindows * config_.window_seconds));
  busiest_ = std::max(busiest_, rate_);
}

// What the limit allows in the window at the rate of the busiest moment; half of it for a policy
// that was distrusted before.
double TrustAccount::most() const {
  const double mean = seconds_ > 0.0 ? served_ / seconds_ : 0.0;
  const double per_second = std::clamp(busiest_, mean, kRushTimes * mean);
  const double share = times_ > 1.0 ? kProbation : 1.0;
  return std::max(config_.least_requests, share * allowance_ * per_second * config_.window_seconds);
}

// Of what the limit allows. A little above the limit, and the policy is soon back inside; a broken
// one would only be late again.
double TrustAccount::repay_share() const {
  const double times = recent_against_ / (allowance_ * std::max(recent_served_, 1.0));
  const double milder = config_.mild_times / times;
  return std::clamp(milder * milder, config_.repay_share, 1.0);
}

// Others serve. What is late by then may still be the policy's doing.
void TrustAccount::serve(double served, double against) {
  const double more = times_ * std::max(0.0, against) / (share_ * allowance_);
  sentence_ += more;
  to_serve_ += more - served;
  if (!is_trusted()) return;
  times_ = std::min(2.0 * times_, config_.most_times);
  kept_ = 0.0;
}

void TrustAccount::forgive(double served) {
  kept_ += served;
  if (kept_ < sentence_) return;
  times_ = std::max(1.0, 0.5 * times_);
  kept_ = 0.0;
}

}  // namespace flyball
