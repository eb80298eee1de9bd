#include "controllers/control_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <stdexcept>

#include "env/span_cost.h"

namespace flyball {

namespace {

using std::chrono::steady_clock;

double seconds_since(steady_clock::time_point begin) {
  return std::chrono::duration<double>(steady_clock::now() - begin).count();
}

// Computing time of one call; the plant's timeline may be virtual.
template <typename Call>
auto timed(DurationHistogram& histogram, Call&& call) {
  const auto begin = steady_clock::now();
  auto result = call();
  histogram.add(seconds_since(begin));
  return result;
}

bool is_finished(const Telemetry& telemetry) {
  return telemetry.application && telemetry.application->finished;
}

}  // namespace

void validate(const LoopConfig& config) {
  if (!(config.sample_seconds > 0.0)) {
    throw std::invalid_argument(
        fmt::format("sample_seconds = {}: must be > 0", config.sample_seconds));
  }
  const double ratio = config.period_seconds / config.sample_seconds;
  if (!(ratio > 0.5) || std::abs(ratio - std::round(ratio)) > 1e-6 * ratio) {
    throw std::invalid_argument(
        fmt::format("period_seconds = {}: must be a multiple of "
                    "sample_seconds = {}",
                    config.period_seconds, config.sample_seconds));
  }
  if (config.simulated_think_seconds) {
    for (const double seconds : config.simulated_think_seconds->seconds) {
      if (seconds >= 0.0) continue;
      throw std::invalid_argument(
          fmt::format("simulated_think_seconds = {}: must be >= 0", seconds));
    }
  }
  if (!(config.error_window_seconds > 0.0)) {
    throw std::invalid_argument(
        fmt::format("error_window_seconds = {}: must be > 0", config.error_window_seconds));
  }
}

ControlLoop::ControlLoop(Plant& plant, Governor* governor, std::span<const std::size_t> knobs,
                         const LoopConfig& config, TelemetrySink* sink)
    : plant_(plant), governor_(governor), config_(config), sink_(sink) {
  validate(config_);
  samples_per_period_ =
      static_cast<std::uint64_t>(std::llround(config_.period_seconds / config_.sample_seconds));
  error_times_.resize(config_.error_budget + 1);
  if (config_.simulated_think_seconds) {
    think_draws_.emplace(*config_.simulated_think_seconds, config_.seed);
  }
  snapshot_row_.at_effect.emplace();
  if (governor_ == nullptr) return;
  scope_ = scope_over(plant_.description(), knobs);
  governor_->reset(scope_);  // before anything is taken from the kernel
  lease_ = plant_.lease(knobs);
}

LoopReport ControlLoop::run(const std::function<bool()>& stop, double until_seconds) {
  report_ = {};
  clocks_ = {};
  Timeline& timeline = plant_.timeline();
  const double start = timeline.now_seconds();
  std::uint64_t tick = 0;
  std::uint64_t decision_tick = 0;
  tick_seconds_ = start;
  last_good_seconds_ = start;
  awake_since_ = steady_clock::now();
  read_is_good_ = read(next_);
  while (true) {
    begin_row();
    next_deadline_ = start + static_cast<double>(tick + 1) * config_.sample_seconds;
    const bool is_time = tick >= decision_tick;
    if (is_time) decision_tick = (tick / samples_per_period_ + 1) * samples_per_period_;
    if (lease_.is_held() && read_is_good_ && !budget_exceeded()) {
      is_time ? decide() : decide_early();
    }
    const std::uint64_t skipped = skip_missed_deadlines(start);
    if (config_.snapshot_at_effect) take_snapshot();
    tick += 1 + skipped;
    const bool stopped = sleep(stop, std::min(next_deadline_, until_seconds));
    read_is_good_ = read(next_);
    const bool ends = is_finished(next_);
    const bool cut = is_over(stopped, until_seconds);
    finish_row(ends, cut);
    if (ends || cut) break;
  }
  close_report(start);
  return report_;
}

// Deadlines that have passed are let go, not caught up with.
std::uint64_t ControlLoop::skip_missed_deadlines(double start_seconds) {
  const double now = plant_.timeline().now_seconds();
  if (now <= next_deadline_) return 0;
  const double missed = std::floor((now - next_deadline_) / config_.sample_seconds) + 1.0;
  const double next_tick = std::round((next_deadline_ - start_seconds) / config_.sample_seconds);
  next_deadline_ = start_seconds + (next_tick + missed) * config_.sample_seconds;
  ++report_.overruns;
  report_.skipped += static_cast<std::uint64_t>(missed);
  return static_cast<std::uint64_t>(missed);
}

// Until `wake_seconds`, or until told to stop. True when told to stop.
bool ControlLoop::sleep(const std::function<bool()>& stop, double wake_seconds) {
  Timeline& timeline = plant_.timeline();
  bool stopped = stop && stop();
  clocks_.tick.add(seconds_since(awake_since_));
  while (!stopped && timeline.now_seconds() < wake_seconds) {
    timeline.sleep_until(wake_seconds);
    if (timeline.now_seconds() < wake_seconds) stopped = stop && stop();  // a signal came
  }
  awake_since_ = steady_clock::now();
  tick_seconds_ = timeline.now_seconds();
  if (!stopped) clocks_.late.add(tick_seconds_ - wake_seconds);
  return stopped;
}

bool ControlLoop::read(Telemetry& telemetry) {
  const std::error_code error = timed(clocks_.read, [&] { return plant_.read(telemetry); });
  if (error) {
    ++failed_readings_;
    count(error);
    telemetry.time_seconds = plant_.timeline().now_seconds();
  } else {
    failed_readings_ = 0;
    last_good_seconds_ = plant_.timeline().now_seconds();
  }
  return !error;
}

void ControlLoop::begin_row() {
  ++report_.ticks;
  begin_seconds_ = tick_seconds_;
  row_ = &plain_row_;
  std::swap(row_->telemetry, next_);
  row_->decided = false;
  row_->decided_by = DecidedBy::kResident;
  row_->setting.reset();
  if (in_force_) tell_decision(*in_force_);
  row_->probability.reset();  // told where it was chosen only
  row_->t_as_seconds.reset();
  row_->effect_seconds.reset();
}

// Others may have changed the limits: a new episode begins. Where the governor cannot govern inside
// them, the residents do.
void ControlLoop::follow_limits() {
  const std::vector<LevelRange>& limits = plant_.description().limits;
  const std::span<const std::size_t> knobs = lease_.knobs();
  bool is_new = false;
  for (std::size_t k = 0; k < knobs.size(); ++k) {
    is_new |= !(scope_.limits[k] == limits[knobs[k]]);
    scope_.limits[k] = limits[knobs[k]];
  }
  if (!is_new) return;
  try {
    governor_->reset(scope_);
    cannot_govern_ = false;
  } catch (const std::invalid_argument&) {
    cannot_govern_ = true;
  }
}

// False when the setting is not in force: counted, and what was before goes on.
bool ControlLoop::may_apply(const Setting& setting) {
  const std::error_code error = timed(clocks_.apply, [&] { return lease_.apply(setting); });
  if (!error) return true;
  if (error == PlantError::kSteppedAside) {
    ++report_.set_aside;
    in_force_.reset();
    row_->decided_by = DecidedBy::kResident;
    row_->setting.reset();
    return false;
  }
  count(error);
  report_.refused = is_refusal(error);
  return false;
}

void ControlLoop::decide() {
  follow_limits();
  put_in_force(ask_governor());
}

// Where the residents decide already nothing has to be taken from the governor.
void ControlLoop::decide_early() {
  if (!config_.decide_early || !in_force_ || cannot_govern_) return;
  if (in_force_->decided_by == DecidedBy::kResident) return;
  std::optional<Decision> decision = config_.decide_early(row_->telemetry);
  if (!decision) return;
  decision->setting = clamped(decision->setting, scope_.limits);
  put_in_force(*decision);
}

void ControlLoop::put_in_force(const Decision& decision) {
  Timeline& timeline = plant_.timeline();
  if (think_draws_) timeline.sleep_until(tick_seconds_ + think_draws_->next());
  if (!may_apply(decision.setting)) return;
  ++report_.decisions;
  if (cannot_govern_) ++report_.outside;
  think_seconds_ = timeline.now_seconds() - tick_seconds_;
  const double effect = effect_seconds(decision.setting);
  in_force_ = decision;
  effect_time_ = tick_seconds_ + effect;
  row_->decided = true;
  tell_decision(decision);
  row_->t_as_seconds = think_seconds_;
  row_->effect_seconds = effect;
}

// The state when the setting takes effect, if that is in this row.
void ControlLoop::take_snapshot() {
  if (!effect_time_ || *effect_time_ >= next_deadline_) return;
  plant_.timeline().sleep_until(*effect_time_);
  if (!read(*snapshot_row_.at_effect)) return;
  std::swap(snapshot_row_.telemetry, plain_row_.telemetry);
  snapshot_row_.decided = plain_row_.decided;
  snapshot_row_.decided_by = plain_row_.decided_by;
  snapshot_row_.probability = plain_row_.probability;
  snapshot_row_.setting = plain_row_.setting;
  snapshot_row_.t_as_seconds = plain_row_.t_as_seconds;
  snapshot_row_.effect_seconds = plain_row_.effect_seconds;
  row_ = &snapshot_row_;
}

void ControlLoop::finish_row(bool ends, bool cut) {
  const SpanCost whole = cost_between(row_->telemetry, next_);
  row_->period_seconds = whole.seconds;
  if (row_->at_effect) {
    row_->before_effect = cost_between(row_->telemetry, *row_->at_effect);
    row_->after_effect = cost_between(*row_->at_effect, next_);
  } else {
    // Of its own decision, else what is left of an older one's delay.
    const double left = effect_time_.value_or(begin_seconds_) - begin_seconds_;
    const double before = row_->effect_seconds.value_or(left);
    const double share = whole.seconds > 0.0 ? std::clamp(before / whole.seconds, 0.0, 1.0) : 0.0;
    row_->before_effect = whole * share;
    row_->after_effect = whole * (1.0 - share);
  }
  if (effect_time_ && *effect_time_ <= tick_seconds_) effect_time_.reset();
  row_->terminated = ends;
  row_->truncated = cut && !ends;
  report_.finished = ends;
  if (sink_ != nullptr) sink_->write(*row_);
}

void ControlLoop::close_report(double start_seconds) {
  report_.seconds = plant_.timeline().now_seconds() - start_seconds;
  report_.read = clocks_.read.summary();
  report_.decide = clocks_.decide.summary();
  report_.apply = clocks_.apply.summary();
  report_.tick = clocks_.tick.summary();
  report_.late = clocks_.late.summary();
  if ((budget_exceeded() || report_.refused) && lease_.is_held()) {
    lease_.release();
    report_.handed_back = true;
  }
}

// What it wants, as the plant will take it.
Decision ControlLoop::ask_governor() {
  Decision decision = timed(clocks_.decide, [&] {
    return cannot_govern_ ? Decision{full_range(scope_.limits), DecidedBy::kResident, {}}
                          : governor_->decide({row_->telemetry, think_seconds_});
  });
  const std::size_t size = decision.setting.size();
  if (size != scope_.knobs.size()) {
    throw std::logic_error(fmt::format("{}: decided on {} knobs, holds {}", governor_->name(), size,
                                       scope_.knobs.size()));
  }
  decision.setting = clamped(decision.setting, scope_.limits);
  return decision;
}

void ControlLoop::tell_decision(const Decision& decision) {
  row_->decided_by = decision.decided_by;
  row_->probability = decision.probability;
  row_->setting.reset();
  if (decision.decided_by != DecidedBy::kResident) row_->setting = decision.setting;
}

// From the reading to the last change of `next`, just applied, being effective.
double ControlLoop::effect_seconds(const Setting& next) const {
  if (config_.simulated_effect_time) {
    return std::max(think_seconds_, config_.simulated_effect_time() - tick_seconds_);
  }
  double slowest = 0.0;
  for (std::size_t k = 0; k < scope_.knobs.size(); ++k) {
    if (in_force_ && next[k] == in_force_->setting[k]) {
      // It may still be on its way.
      if (effect_time_) slowest = std::max(slowest, *effect_time_ - tick_seconds_ - think_seconds_);
      continue;
    }
    for (const std::size_t d : scope_.knobs[k].domains) {
      slowest = std::max(slowest, scope_.plant->domains[d].actuation_seconds);
    }
  }
  return think_seconds_ + slowest;
}

void ControlLoop::count(std::error_code error) {
  if (report_.errors == 0) report_.first_error = error;
  report_.last_error = error;
  ++report_.errors;
  error_times_[error_count_++ % error_times_.size()] = plant_.timeline().now_seconds();
}

bool ControlLoop::is_over(bool stopped, double until_seconds) const {
  return stopped || budget_exceeded() || report_.refused || tick_seconds_ >= until_seconds;
}

// More errors than the budget, the oldest of them still in the window; however seldom readings
// are, that they all fail is not overlooked.
bool ControlLoop::budget_exceeded() const {
  if (failed_readings_ > config_.error_budget) return true;
  if (failed_readings_ > 1 && tick_seconds_ - last_good_seconds_ > config_.error_window_seconds) {
    return true;
  }
  if (error_count_ < error_times_.size()) return false;
  const double oldest = error_times_[error_count_ % error_times_.size()];
  return plant_.timeline().now_seconds() - oldest <= config_.error_window_seconds;
}

}  // namespace flyball
