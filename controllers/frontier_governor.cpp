#include "controllers/frontier_governor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "env/config/check_fields.h"
#include "env/draw.h"

namespace flyball {

namespace {

constexpr double kCoolerBy = 5.0;          // degrees, before heat is over
constexpr double kLongestClosed = 3600.0;  // seconds
constexpr double kSaturated = 0.95;        // busy share of a job that never waits

}  // namespace

void validate(const FrontierConfig& config) { check_fields(config); }

FrontierGovernor::FrontierGovernor(FrontierConfig config)
    : config_(std::move(config)), random_(config_.seed), watch_(config_.limit) {
  validate(config_);
}

void FrontierGovernor::reset(const GovernorScope& scope) {
  std::vector<double> hertz;
  const ActionSpace actions = action_space_of(scope.knobs);
  std::vector<Level> levels(actions.knob_count());
  for (std::size_t action = 0; action < actions.size(); ++action) {
    actions.levels_of(action, levels);
    for (std::size_t k = 0; k < levels.size(); ++k) {
      hertz.push_back(scope.knobs[k].levels[levels[k]]);
    }
  }
  for (const Knob& knob : scope.knobs) {
    if (knob.is_application()) {
      throw std::invalid_argument(
          fmt::format("frontier explores clocks; {} is the application's", knob.name));
    }
  }
  ActionSetting setting(scope.knobs, scope.limits, config_.caps);
  std::vector<std::uint8_t> allowed = actions.mask(scope.limits);
  if (hertz != hertz_ || allowed == allowed_) forget(actions.size());
  hertz_ = std::move(hertz);
  actions_ = actions;
  setting_ = std::move(setting);
  allowed_ = std::move(allowed);
  open_.reserve(actions.size());
  full_range_ = full_range(scope.limits);
  for (std::size_t k = 0; k < levels.size(); ++k) levels[k] = scope.limits[k].ceiling;
  fastest_ = actions.index_of(levels);
  left_ = 0;
  trying_.reset();
}

void FrontierGovernor::forget(std::size_t actions) {
  seen_.assign(actions, {});
  random_.seed(config_.seed);
  recovering_ = false;
  hot_ = false;
  report_ = {};
}

std::vector<FrontierSeen> FrontierGovernor::seen() const {
  std::vector<FrontierSeen> all;
  all.reserve(seen_.size());
  for (const Seen& seen : seen_) {
    all.push_back({seen.trials, seen.good, seen.opened, seen.used, seen.busy,
                   std::max(0.0, seen.closed_until - now_seconds_), seen.closed_for});
  }
  return all;
}

void FrontierGovernor::take_up_former(double now_seconds) {
  for (std::size_t action = 0; action < seen_.size() && former_.size() == seen_.size(); ++action) {
    const FrontierSeen& seen = former_[action];
    const double closed = std::min(seen.closed_seconds, kLongestClosed);
    seen_[action] = {seen.trials,    seen.good, seen.opened,
                     seen.used,      seen.busy, closed > 0.0 ? now_seconds + closed : 0.0,
                     seen.closed_for};
    if (seen.trials > 0) ++report_.tried;
  }
  former_.clear();
}

std::span<const double> FrontierGovernor::hertz_of(std::size_t action) const {
  const std::size_t knobs = actions_->knob_count();
  return std::span(hertz_).subspan(action * knobs, knobs);
}

// By which factor the work at `to` may take longer than at `from`: the largest ratio of a clock.
double FrontierGovernor::slower(std::size_t from, std::size_t to) const {
  double factor = 1.0;
  for (std::size_t k = 0; k < actions_->knob_count(); ++k) {
    factor = std::max(factor, hertz_of(from)[k] / hertz_of(to)[k]);
  }
  return factor;
}

bool FrontierGovernor::is_saturated() const {
  return seen_[fastest_].busy.value_or(0.0) >= kSaturated;
}

// Whether what was seen at `good` allows `action` to be tried.
bool FrontierGovernor::opens(std::size_t good, std::size_t action) const {
  const double factor = slower(good, action);
  if (factor > config_.step || factor * seen_[good].used > config_.margin) return false;
  return is_saturated() || factor * seen_[good].busy.value_or(0.0) <= config_.busiest ||
         factor == 1.0;
}

bool FrontierGovernor::is_still_open(std::size_t action) const {
  if (action == fastest_) return true;
  for (std::size_t good = 0; good < seen_.size(); ++good) {
    if (seen_[good].good && opens(good, action)) return true;
  }
  return false;
}

bool FrontierGovernor::may_try(std::size_t action, double now_seconds) const {
  const Seen& seen = seen_[action];
  if (allowed_[action] == 0 || now_seconds < seen.closed_until) return false;
  if (action == fastest_) return true;
  return seen.opened && slower(fastest_, action) <= config_.slowdown;
}

void FrontierGovernor::list_least_tried(double now_seconds) {
  open_.clear();
  std::uint32_t least = 0;
  for (std::size_t action = 0; action < seen_.size(); ++action) {
    const std::uint32_t trials = seen_[action].trials;
    if ((!open_.empty() && trials > least) || !may_try(action, now_seconds)) continue;
    if (trials < least) open_.clear();
    least = trials;
    open_.push_back(action);
  }
}

// Draws what to try; false where there is nothing.
bool FrontierGovernor::draw(double now_seconds) {
  while (list_least_tried(now_seconds), !open_.empty()) {
    const std::size_t action = open_[draw_index(random_, open_.size())];
    if (!is_still_open(action)) {
      seen_[action].opened = false;
      continue;
    }
    trying_ = action;
    std::array<Level, kMaxKnobs> storage{};
    const std::span<Level> levels = std::span(storage).first(actions_->knob_count());
    actions_->levels_of(action, levels);
    decision_ = {setting_->of(levels), DecidedBy::kRandom,
                 config_.share / static_cast<double>(open_.size())};
    return true;
  }
  return false;
}

Decision FrontierGovernor::residents(std::optional<double> probability) const {
  return {full_range_, DecidedBy::kResident, probability};
}

void FrontierGovernor::begin_slice(double now_seconds) {
  ++report_.slices;
  left_ = config_.slice_periods;
  trying_.reset();
  if (recovering_ || hot_) {
    decision_ = residents(1.0);
    return;
  }
  if (draw_unit(random_) < config_.share && draw(now_seconds)) {
    ++report_.trials;
    if (seen_[*trying_].trials++ == 0) ++report_.tried;
    return;
  }
  decision_ = residents(1.0 - config_.share);
}

void FrontierGovernor::close(std::size_t action, double now_seconds) {
  const double before = seen_[action].closed_for;
  const double seconds =
      before > 0.0 ? std::min(2.0 * before, kLongestClosed) : config_.closed_seconds;
  for (std::size_t other = 0; other < seen_.size(); ++other) {
    bool is_faster = false;
    for (std::size_t k = 0; k < actions_->knob_count(); ++k) {
      is_faster = is_faster || hertz_of(other)[k] > hertz_of(action)[k];
    }
    if (is_faster) continue;
    seen_[other].good = false;
    seen_[other].closed_for = seconds;
    seen_[other].closed_until = std::max(seen_[other].closed_until, now_seconds + seconds);
  }
}

void FrontierGovernor::end_slice(const SliceFigures& figures, double now_seconds) {
  left_ = 0;
  if (!trying_) {
    if (!figures.violated) recovering_ = false;
    return;
  }
  Seen& seen = seen_[*trying_];
  if (figures.violated) {
    ++report_.violations;
    recovering_ = true;
    close(*trying_, now_seconds);
    return;
  }
  seen.good = true;
  seen.used = std::max(seen.used, figures.used);
  if (figures.busy) seen.busy = std::max(seen.busy.value_or(0.0), *figures.busy);
  for (std::size_t action = 0; action < seen_.size(); ++action) {
    if (opens(*trying_, action)) seen_[action].opened = true;
  }
}

bool FrontierGovernor::is_hot(const Telemetry& telemetry) {
  if (!telemetry.temperatures_celsius) return hot_;
  const double hot = config_.hot_celsius - (hot_ ? kCoolerBy : 0.0);
  return std::ranges::any_of(
      *telemetry.temperatures_celsius,
      [&](const std::optional<double>& celsius) { return celsius && *celsius >= hot; });
}

Decision FrontierGovernor::decide(const GovernorInput& input) {
  const double now_seconds = input.telemetry.time_seconds;
  now_seconds_ = now_seconds;
  if (!former_.empty()) take_up_former(now_seconds);
  hot_ = is_hot(input.telemetry);
  if (hot_) ++report_.hot;
  if (report_.slices > 0) {
    const SliceFigures figures = watch_.look(input.telemetry);
    const bool cut_by_heat = trying_ && hot_ && left_ > 0 && !figures.violated;
    if (cut_by_heat) {
      left_ = 0;  // what was cut short tells nothing
    } else if (left_ == 0 || (trying_ && figures.violated)) {
      end_slice(figures, now_seconds);
    }
  }
  if (left_ == 0) {
    begin_slice(now_seconds);
    watch_.begin(input.telemetry);
  } else {
    decision_.probability = 1.0;
  }
  --left_;
  return decision_;
}

FrontierReport FrontierGovernor::report() const {
  FrontierReport report = report_;
  for (std::size_t action = 0; action < seen_.size(); ++action) {
    if (may_try(action, now_seconds_)) ++report.open;
  }
  return report;
}

}  // namespace flyball
