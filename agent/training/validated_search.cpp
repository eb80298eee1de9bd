#include "agent/training/validated_search.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "agent/training/best_constant.h"

namespace flyball {

namespace {

// Below it misses are forgotten, above it everything else is.
constexpr double kLeastPenalty = 0.05;
constexpr double kGreatestPenalty = 100.0;
constexpr double kTurns = 2.0;  // after which the price moves half as far

}  // namespace

ValidatedSearch::ValidatedSearch(ValidationConfig config, PolicyJudge judge, double miss_penalty)
    : config_(std::move(config)), judge_(std::move(judge)), miss_penalty_(miss_penalty) {
  validate(config_);
}

std::optional<PolicyFile> ValidatedSearch::begin(const PolicyFile& policy) {
  if (!config_.constants || best_) return std::nullopt;
  ConstantPolicy constant = best_constant(policy, judge_);
  best_ = constant.figures;
  return std::move(constant.policy);
}

bool ValidatedSearch::is_due(std::uint64_t step, bool is_last) const {
  if (step == 0 || step == measured_step_) return false;
  return is_last || step - measured_step_ >= config_.every_steps;
}

ValidationFigures ValidatedSearch::measure(const PolicyFile& candidate, std::uint64_t step) {
  ValidationFigures figures = judge_.measure(candidate);
  if (figures.feasible && (!best_ || is_better(figures, *best_))) {
    figures.feasible = judge_.confirms(candidate);
  }
  measured_step_ = step;
  ++without_better_;
  if (!best_ || is_better(figures, *best_)) {
    best_ = figures;
    best_step_ = step;
    without_better_ = 0;
  }
  if (config_.patience && without_better_ >= *config_.patience) ended_ = 1;
  if (config_.price_step) move_price(figures.feasible);
  return figures;
}

// Less far each time it turns round: it closes in on the price that just keeps the limits, while
// what is learned follows it slowly.
void ValidatedSearch::move_price(bool kept) {
  const std::int8_t way = kept ? -1 : 1;
  if (way == -price_way_) ++price_turns_;
  price_way_ = way;
  const double move = way / (1.0 + static_cast<double>(price_turns_) / kTurns);
  miss_penalty_ = std::clamp(miss_penalty_ * std::pow(*config_.price_step, move), kLeastPenalty,
                             kGreatestPenalty);
}

void ValidatedSearch::visit_state(StateVisitor& visitor) {
  visit_value(visitor, "run.measured_step", measured_step_);
  visit_value(visitor, "run.without_better", without_better_);
  visit_value(visitor, "run.stopped", ended_);
  visit_value(visitor, "run.miss_penalty", miss_penalty_);
  visit_value(visitor, "run.price_way", price_way_);
  visit_value(visitor, "run.price_turns", price_turns_);
  visit_value(visitor, "run.best_step", best_step_);
  ValidationFigures best = best_.value_or(ValidationFigures{});
  visit_value(visitor, "run.best.saving", best.saving);
  visit_value(visitor, "run.best.latency", best.latency_mean_seconds);
  visit_value(visitor, "run.best.in_time", best.in_time_share);
  visit_value(visitor, "run.best.feasible", best.feasible);
  std::uint8_t has_best = best_ ? 1 : 0;
  visit_value(visitor, "run.best.is_there", has_best);
  if (has_best != 0) best_ = best;
}

}  // namespace flyball
