#include "controllers/fine_tuning_governor.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

#include "controllers/wait_bound.h"

namespace flyball {

namespace {

constexpr double kKnownAfter = 0.2;   // of rate_seconds: arrivals are counted well enough
constexpr double kLateFades = 3.0;    // times rate_seconds
constexpr double kStays = 1.03;       // a setting in force is kept while others gain less
constexpr double kCalibration = 0.2;  // weight of a new request

}  // namespace

FineTuningGovernor::FineTuningGovernor(FineTuningPlan plan, const FineTuningConfig& config)
    : plan_(std::move(plan)),
      config_(config),
      predictor_(plan_.predictor),
      arrivals_(config.rate_seconds),
      late_watch_({config.in_time_share, kLateFades * config.rate_seconds, config.hold_seconds}) {
  if (plan_.rows.empty()) throw std::invalid_argument("fine-tuning needs a profile: no setting");
  for (const ServingRow& row : plan_.rows) {
    if (row.levels.size() == plan_.knobs.size()) continue;
    throw std::invalid_argument(
        fmt::format("fine-tuning: a setting of {} knobs, the profile has {}", row.levels.size(),
                    plan_.knobs.size()));
  }
}

void FineTuningGovernor::reset(const GovernorScope& scope) {
  if (scope.plant != nullptr && !scope.plant->has_application) {
    throw std::invalid_argument("fine-tuning needs an application that reports its requests");
  }
  if (scope.knobs.size() != plan_.knobs.size() + 1) {
    throw std::invalid_argument(fmt::format("fine-tuning turns {} knobs, it was given {}",
                                            plan_.knobs.size() + 1, scope.knobs.size()));
  }
  limits_ = scope.limits;
  tuning_knob_ = find_knob(scope.knobs, kFineTuningKnob);
  knobs_.clear();
  for (const std::string& name : plan_.knobs) knobs_.push_back(find_knob(scope.knobs, name));
  levels_.fill(std::nullopt);
  for (Level l = limits_[tuning_knob_].floor; l <= limits_[tuning_knob_].ceiling; ++l) {
    levels_[static_cast<std::size_t>(scope.knobs[tuning_knob_].levels.at(l))] = l;
  }
  predictor_ = plan_.predictor;
  request_scale_ = 1.0;
  seen_.reset();
  is_one_alone_ = false;
  arrivals_.reset();
  late_watch_.reset();
  deadline_seconds_.reset();
  in_force_.reset();
  since_seconds_ = 0.0;
}

Decision FineTuningGovernor::decide(const GovernorInput& input) {
  const auto& application = input.telemetry.application;
  const double now = input.telemetry.time_seconds;
  if (!application) {
    seen_.reset();
    in_force_.reset();
    Setting setting = full_range(limits_);
    const Level none = levels_[kNone].value_or(limits_[tuning_knob_].floor);
    setting[tuning_knob_] = {none, none};
    return {setting};
  }
  observe(*application, now);
  const bool may_tune = !late_watch_.rests(now) && seen_->minibatches_waiting > 0.0 &&
                        deadline_seconds_ &&
                        arrivals_.seconds() >= kKnownAfter * config_.rate_seconds;
  Option option = choose(may_tune);
  if (is_piling_up(*application, option)) option = fastest();
  if (!in_force_ || in_force_->row != option.row || in_force_->way != option.way) {
    since_seconds_ = now;
  }
  in_force_ = option;
  return {setting_of(option)};
}

// What has happened since the last decision.
void FineTuningGovernor::observe(const ApplicationTelemetry& application, double now_seconds) {
  if (application.queue_length > 0) {
    deadline_seconds_ =
        application.deadline_seconds.value_or(std::numeric_limits<double>::infinity());
  }
  const bool is_another =
      seen_ && (application.arrived < seen_->arrived || application.served < seen_->served ||
                application.missed < seen_->missed);
  if (is_another) seen_.reset();  // its counters begin again
  if (seen_) {
    const double elapsed = std::max(0.0, now_seconds - seen_->time_seconds);
    arrivals_.add(static_cast<double>(application.arrived - seen_->arrived), elapsed);
    late_watch_.see(now_seconds, elapsed, application.served - seen_->served,
                    application.missed - seen_->missed, in_force_ && in_force_->way != kNone);
    learn(application);
  }
  seen_ = Seen{
      now_seconds,        application.arrived,      application.served,
      application.missed, application.queue_length, application.minibatches_waiting.value_or(0.0)};
}

// A request that met no other one shows how long one takes; beside a minibatch all the while, what
// that costs.
void FineTuningGovernor::learn(const ApplicationTelemetry& application) {
  const std::uint64_t arrived = application.arrived - seen_->arrived;
  if (seen_->queue_length == 0) {
    is_one_alone_ = arrived == 1;
  } else if (arrived > 0) {
    is_one_alone_ = false;
  }
  const bool was_alone = is_one_alone_ && application.served == seen_->served + 1;
  if (!was_alone || !in_force_ || !application.latency_mean_seconds) return;
  is_one_alone_ = false;
  const ServingRow& row = plan_.rows[in_force_->row];
  const double settled = seen_->time_seconds - since_seconds_;
  const double before = row.request_seconds * 2.0 + row.minibatch_seconds * 2.0;
  if (settled < before) return;  // of a former setting, or a minibatch of a former way
  const double alone = request_scale_ * row.request_seconds;
  const double ratio = *application.latency_mean_seconds / alone;
  if (in_force_->way == kNone) {
    request_scale_ *= 1.0 + kCalibration * (std::clamp(ratio, 0.2, 5.0) - 1.0);
  } else if (in_force_->way == kBeside && application.minibatches_waiting.value_or(0.0) > 1.0) {
    predictor_.learn_online(plan_.features, std::clamp(ratio, 1.0, 20.0));
  }
}

// The last of those in the system would be late.
bool FineTuningGovernor::is_piling_up(const ApplicationTelemetry& application,
                                      const Option& option) const {
  if (!deadline_seconds_ || application.queue_length < 2) return false;
  const double each = request_seconds(option);
  const double minibatch = option.way == kBetween ? plan_.rows[option.row].minibatch_seconds : 0.0;
  return static_cast<double>(application.queue_length) * each + minibatch >
         (1.0 - config_.margin) * *deadline_seconds_;
}

double FineTuningGovernor::request_seconds(const Option& option) const {
  const double alone = request_scale_ * plan_.rows[option.row].request_seconds;
  return option.way == kBeside ? alone * predictor_.slowdown(plan_.features) : alone;
}

// The share of its speed that fine-tuning loses to inference. Beside a batch that takes s times as
// long it has what the batch lacks, 1 - 1/s, and no more than the batch has: both lose to their
// caches.
double FineTuningGovernor::rate_lost(const Option& option, double requests_per_second) const {
  const double load = std::min(1.0, requests_per_second * request_seconds(option));
  if (option.way != kBeside) return load;
  const double batch = 1.0 / predictor_.slowdown(plan_.features);
  return load * (1.0 - std::min(batch, 1.0 - batch));
}

FineTuningGovernor::Option FineTuningGovernor::predicted(std::size_t row, std::size_t way) const {
  const ServingRow& profile = plan_.rows[row];
  Option option{.row = row, .way = way};
  const double rate = arrivals_.per_second();
  const double each = request_seconds(option);
  double latency =
      each + wait_bound_seconds(arrivals_.high_per_second(), each, 1.0 - config_.in_time_share);
  if (way == kBetween) latency += profile.minibatch_seconds;
  const double deadline = deadline_seconds_.value_or(std::numeric_limits<double>::infinity());
  option.is_in_time = latency <= (1.0 - config_.margin) * deadline;
  const double load = std::min(1.0, rate * request_scale_ * profile.request_seconds);
  if (way == kNone) {
    option.price = load * profile.serving_watts + (1.0 - load) * profile.idle_watts;
    return option;
  }
  option.minibatches_per_second = (1.0 - rate_lost(option, rate)) / profile.minibatch_seconds;
  option.price = (load * profile.serving_watts + (1.0 - load) * profile.tuning_watts) /
                 std::max(1e-9, option.minibatches_per_second);
  return option;
}

bool FineTuningGovernor::is_allowed(const ServingRow& row) const {
  for (std::size_t k = 0; k < knobs_.size(); ++k) {
    const LevelRange& limit = limits_[knobs_[k]];
    if (row.levels[k] < limit.floor || row.levels[k] > limit.ceiling) return false;
  }
  return true;
}

// `one` in place of `other`, which may be none yet.
bool FineTuningGovernor::is_better(const Option& one, const std::optional<Option>& other,
                                   double least_rate) const {
  if (!one.is_in_time || one.minibatches_per_second < least_rate) return false;
  return !other || one.price < other->price;
}

template <typename Visitor>
void FineTuningGovernor::each_option(bool may_tune, Visitor&& visit) const {
  for (std::size_t row = 0; row < plan_.rows.size(); ++row) {
    if (!is_allowed(plan_.rows[row])) continue;
    if (!may_tune) visit(predicted(row, kNone));
    if (may_tune && levels_[kBeside]) visit(predicted(row, kBeside));
    if (may_tune && levels_[kBetween]) visit(predicted(row, kBetween));
  }
}

FineTuningGovernor::Option FineTuningGovernor::choose(bool may_tune) const {
  double fastest_rate = 0.0;
  each_option(may_tune, [&](const Option& option) {
    if (option.is_in_time) fastest_rate = std::max(fastest_rate, option.minibatches_per_second);
  });
  if (may_tune && fastest_rate == 0.0) return choose(false);
  const double least_rate = config_.fastest_share * fastest_rate;
  std::optional<Option> best;
  each_option(may_tune, [&](const Option& option) {
    if (is_better(option, best, least_rate)) best = option;
  });
  if (!best) return fastest();
  if (in_force_ && (in_force_->way != kNone) == may_tune) {
    const Option same = predicted(in_force_->row, in_force_->way);
    const bool is_near =
        same.minibatches_per_second >= least_rate && same.price <= kStays * best->price;
    if (same.is_in_time && is_near) return same;
  }
  return *best;
}

// Inference alone, at the setting that serves a request soonest.
FineTuningGovernor::Option FineTuningGovernor::fastest() const {
  std::size_t best = plan_.rows.size();
  for (std::size_t row = 0; row < plan_.rows.size(); ++row) {
    if (!is_allowed(plan_.rows[row])) continue;
    const bool is_first = best == plan_.rows.size();
    if (is_first || plan_.rows[row].request_seconds < plan_.rows[best].request_seconds) best = row;
  }
  return predicted(best == plan_.rows.size() ? 0 : best, kNone);
}

Setting FineTuningGovernor::setting_of(const Option& option) const {
  Setting setting = full_range(limits_);
  for (std::size_t k = 0; k < knobs_.size(); ++k) {
    const Level level = plan_.rows[option.row].levels[k];
    setting[knobs_[k]] = {level, level};
  }
  const Level way = levels_[option.way].value_or(limits_[tuning_knob_].floor);
  setting[tuning_knob_] = {way, way};
  return clamped(setting, limits_);
}

}  // namespace flyball
