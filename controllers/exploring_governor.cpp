#include "controllers/exploring_governor.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "policies/exploration.h"

namespace flyball {

void validate(const ExploringConfig& config) {
  const TimeBudgetConfig& budget = config.budget;
  if (!(budget.share >= 0.0 && budget.share <= 1.0)) {
    throw std::invalid_argument(fmt::format("explore.share = {}: must be in [0, 1]", budget.share));
  }
  if (!(budget.burst_seconds >= 0.0)) {
    throw std::invalid_argument(
        fmt::format("explore.burst_seconds = {}: must be >= 0", budget.burst_seconds));
  }
}

ExploringGovernor::ExploringGovernor(const PolicyFile& start, Handover<ActingPolicy>& policies,
                                     const ExploringConfig& config)
    : learned_(start),
      policies_(policies),
      budget_(config.budget),
      random_(config.seed),
      levels_(start.metadata.knobs.size()) {
  validate(config);
  candidates_.reserve(action_count(start.metadata));
}

void ExploringGovernor::reset(const GovernorScope& scope) {
  learned_.reset(scope);
  played_back_.clear();
  played_ = 0;
}

Setting ExploringGovernor::decide(const Telemetry& telemetry) {
  policies_.take();
  if (played_ < played_back_.size()) return again(telemetry);
  budget_.pass(period().seconds);
  return choose(telemetry);
}

Setting ExploringGovernor::choose(const Telemetry& telemetry) {
  ActingPolicy& acting = policies_.current();
  if (acting.residents_decide) return leave_to_residents();
  learned_.choose_by(acting.policy);
  const Setting greedy = learned_.decide(telemetry);
  if (learned_.last_decision().by == DecidedBy::kResident) return leave_to_residents();
  if (!acting.policy.is_feasible()) return leave_to_residents();
  find_candidates(acting);
  const double period_seconds = period().seconds;
  const bool may_explore = !candidates_.empty() && budget_.allows(period_seconds);
  const std::size_t cheapest = acting.policy.action_space().index_of(learned_.last_action());
  ExploredAction chosen{cheapest, false, 1.0};
  if (may_explore) chosen = explore(cheapest, candidates_, acting.epsilon, random_);
  info_ = {chosen.explored ? DecidedBy::kRandom : DecidedBy::kPolicy, chosen.probability};
  if (!chosen.explored) return greedy;
  budget_.spend(period_seconds);
  acting.policy.action_space().levels_of(chosen.action, levels_);
  learned_.replace_action(levels_);
  return Setting::pinned(levels_);
}

void ExploringGovernor::find_candidates(const ActingPolicy& acting) {
  candidates_.clear();
  for (const std::uint32_t action : acting.policy.allowed()) {
    const auto constraint = acting.policy.predicted(action).constraint;
    if (constraint && acting.constraint_bound && !(*constraint <= *acting.constraint_bound)) {
      continue;
    }
    candidates_.push_back(action);
  }
}

Setting ExploringGovernor::leave_to_residents() {
  info_ = {DecidedBy::kResident, std::nullopt};
  return learned_.fall_back();
}

void ExploringGovernor::play_back(std::vector<PastDecision> decisions) {
  played_back_ = std::move(decisions);
  played_ = 0;
}

// Observes as it did then.
Setting ExploringGovernor::again(const Telemetry& telemetry) {
  const PastDecision& decision = played_back_[played_++];
  if (decision.by == DecidedBy::kResident) return leave_to_residents();
  learned_.decide(telemetry);
  for (std::size_t k = 0; k < levels_.size(); ++k) levels_[k] = decision.setting[k].floor;
  learned_.replace_action(levels_);
  info_ = {decision.by, std::nullopt};
  return decision.setting;
}

void ExploringGovernor::visit_state(StateVisitor& visitor) {
  visit_random(visitor, "explore.random", random_);
  double left_seconds = budget_.left_seconds();
  visit_value(visitor, "explore.budget", left_seconds);
  budget_.set_left_seconds(left_seconds);
}

}  // namespace flyball
