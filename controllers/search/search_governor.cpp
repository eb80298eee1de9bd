#include "controllers/search/search_governor.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace flyball {

namespace {

constexpr double kLongestRecovery = 60.0;  // seconds: then the queue will not get shorter

}  // namespace

SearchGovernor::SearchGovernor(Search& search, const SearchProblem& problem,
                               SearchGovernorConfig config, std::size_t taken, Listener listener)
    : search_(search),
      problem_(problem),
      config_(config),
      taken_(taken),
      listener_(std::move(listener)),
      meter_(config.meter) {}

void SearchGovernor::reset(const GovernorScope& scope) {
  const auto is_same = [](const Knob& a, const Knob& b) {
    return a.name == b.name && a.levels == b.levels;
  };
  if (!std::ranges::equal(scope.knobs, problem_.space.knobs(), is_same)) {
    throw std::invalid_argument("a search is over other knobs than those it is to turn");
  }
  if (scope.plant == nullptr || !scope.plant->has_application) {
    throw std::invalid_argument(
        "a search measures latency: it needs an application that tells of its requests");
  }
  phase_ = Phase::kBegin;
}

void SearchGovernor::hold(std::size_t candidate, Phase phase, double now) {
  setting_ = problem_.space.setting_of(candidate);
  phase_ = phase;
  phase_began_ = now;
}

// What comes next; once nothing does, the best one for ever.
void SearchGovernor::ask() {
  measured_ = taken_ < config_.samples ? search_.propose() : std::nullopt;
}

bool SearchGovernor::has_settled(const Telemetry& telemetry) const {
  return telemetry.time_seconds - phase_began_ >= config_.settle_seconds && telemetry.application &&
         telemetry.total_watts;
}

bool SearchGovernor::is_plainly_over() const {
  const std::optional<SampleReading> reading = meter_.reading();
  return problem_.limit_seconds && meter_.is_long_enough() && reading && reading->error < 0.1 &&
         reading->seconds > config_.plainly_over * *problem_.limit_seconds;
}

void SearchGovernor::take_sample(const Telemetry& telemetry) {
  const std::optional<SampleReading> reading = meter_.reading();
  const double now = telemetry.time_seconds;
  if (!reading) {  // no power, or no requests: again
    hold(*measured_, Phase::kSettle, now);
    return;
  }
  const SearchSample sample{*measured_, reading->seconds, reading->joules, reading->error};
  search_.observe(sample);
  samples_.push_back(sample);
  ++taken_;
  if (listener_) listener_(sample);
  const bool over = problem_.limit_seconds && sample.seconds > *problem_.limit_seconds;
  if (!over && !usual_queue_ && telemetry.application) {
    usual_queue_ = telemetry.application->queue_length;
  }
  if (over && usual_queue_) {
    hold(problem_.space.start(), Phase::kRecover, now);
    return;
  }
  phase_ = Phase::kBegin;
}

Decision SearchGovernor::decide(const GovernorInput& input) {
  const Telemetry& telemetry = input.telemetry;
  const double now = telemetry.time_seconds;
  if (phase_ == Phase::kRecover && telemetry.application) {
    const bool is_over = telemetry.application->queue_length <= *usual_queue_ ||
                         now - phase_began_ >= kLongestRecovery;
    if (is_over) phase_ = Phase::kBegin;
  } else if (phase_ == Phase::kSettle && has_settled(telemetry)) {
    meter_.begin(telemetry);
    phase_ = Phase::kMeasure;
  } else if (phase_ == Phase::kMeasure) {
    meter_.look(telemetry);
    if (meter_.is_done() || is_plainly_over()) take_sample(telemetry);
  }
  if (phase_ == Phase::kBegin) {
    ask();
    const std::size_t next =
        measured_ ? *measured_ : search_.best().value_or(problem_.space.start());
    hold(next, measured_ ? Phase::kSettle : Phase::kDone, now);
  }
  return {setting_, DecidedBy::kPolicy};
}

}  // namespace flyball
