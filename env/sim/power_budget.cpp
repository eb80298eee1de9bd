#include "env/sim/power_budget.h"

#include <algorithm>
#include <cmath>

namespace flyball {

PowerBudget::PowerBudget(const PowerBudgetConfig& config, std::optional<double> budget_watts,
                         std::size_t rungs)
    : config_(config), budget_watts_(budget_watts), rungs_(rungs) {}

void PowerBudget::settle(double now_seconds) {
  if (!budget_watts_) return;
  const double elapsed = now_seconds - now_seconds_;
  if (elapsed <= 0.0) return;
  now_seconds_ = now_seconds;
  average_watts_ =
      watts_ + (average_watts_ - watts_) * std::exp(-elapsed / config_.time_constant_seconds);
}

void PowerBudget::publish(double watts) {
  if (!budget_watts_) return;
  watts_ = watts;
  if (!started_) average_watts_ = watts;
  started_ = true;
  plan();
}

void PowerBudget::run() {
  const Move move = next_move_;
  if (move == Move::kDeeper) {
    ++rung_;
    earliest_deeper_seconds_ = now_seconds_ + config_.step_seconds;
  } else if (move == Move::kRelease) {
    --rung_;
  }
  if (move != Move::kNone) earliest_release_seconds_ = now_seconds_ + config_.step_seconds;
  plan();
}

// Above the limit one rung deeper, below it by the hysteresis one rung back, neither in between.
void PowerBudget::plan() {
  const double release_watts = *budget_watts_ - config_.hysteresis_watts;
  next_seconds_ = kNever;
  next_move_ = Move::kNone;
  if (rung_ < rungs_) plan(Move::kDeeper, *budget_watts_, earliest_deeper_seconds_);
  if (rung_ > 0) plan(Move::kRelease, release_watts, earliest_release_seconds_);
}

// Plans a move for when the average is beyond its limit and the move's time has come, whichever is
// later, unless another comes first.
void PowerBudget::plan(Move move, double limit_watts, double earliest_seconds) {
  const auto beyond = [&](double watts) {
    return move == Move::kDeeper ? watts > limit_watts : watts < limit_watts;
  };
  if (!beyond(average_watts_) && !beyond(watts_)) return;
  const bool waits = now_seconds_ < earliest_seconds;
  double at = waits ? earliest_seconds : now_seconds_;
  if (!waits && !beyond(average_watts_)) at = crossing_seconds(limit_watts);
  if (at >= next_seconds_) return;
  next_seconds_ = at;
  next_move_ = waits ? Move::kNone : move;  // what waits looks again then
}

// When the average reaches the limit. Requires: the limit lies between average and present power.
double PowerBudget::crossing_seconds(double limit_watts) const {
  const double ratio = (watts_ - average_watts_) / (watts_ - limit_watts);
  return now_seconds_ + config_.time_constant_seconds * std::log(std::max(1.0, ratio));
}

}  // namespace flyball
