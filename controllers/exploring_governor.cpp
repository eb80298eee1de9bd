#include "controllers/exploring_governor.h"

#include <algorithm>

#include "env/config/check_fields.h"
#include "policies/exploration.h"

namespace flyball {

namespace {

Exploration begun(const ExploringConfig& config) {
  return {std::mt19937_64(config.seed), TimeBudget(config.budget)};
}

}  // namespace

void validate(const ExploringConfig& config) { check_fields(config); }

ExploringGovernor::ExploringGovernor(const PolicyFile& start, Handover<ActingPolicy>& policies,
                                     const ExploringConfig& config)
    : learned_(start),
      policies_(policies),
      config_(config),
      exploration_(begun(config)),
      levels_(start.metadata.knobs.size()) {
  validate(config);
  candidates_.reserve(action_count(start.metadata));
}

void ExploringGovernor::reset(const GovernorScope& scope) {
  learned_.reset(scope);
  exploration_ = begun(config_);
  played_back_.clear();
  played_ = 0;
}

Decision ExploringGovernor::decide(const GovernorInput& input) {
  policies_.take();
  if (played_ < played_back_.size()) return again(input);
  exploration_.budget.pass(period().seconds);
  return choose(input);
}

Decision ExploringGovernor::choose(const GovernorInput& input) {
  ActingPolicy& acting = policies_.current();
  if (acting.residents_decide) return learned_.fall_back();
  learned_.choose_by(acting.policy);
  const Decision greedy = learned_.decide(input);
  if (greedy.decided_by == DecidedBy::kResident) return greedy;
  if (!acting.policy.is_feasible()) return learned_.fall_back();
  find_candidates(acting);
  const double period_seconds = period().seconds;
  const bool may_explore = !candidates_.empty() && exploration_.budget.allows(period_seconds);
  const std::size_t cheapest = acting.policy.action_space().index_of(learned_.last_action());
  ExploredAction chosen{cheapest, false, 1.0};
  if (may_explore) chosen = explore(cheapest, candidates_, acting.epsilon, exploration_.random);
  if (!chosen.explored) return {greedy.setting, DecidedBy::kPolicy, chosen.probability};
  exploration_.budget.spend(period_seconds);
  acting.policy.action_space().levels_of(chosen.action, levels_);
  learned_.replace_action(levels_);
  return {learned_.setting_of(levels_), DecidedBy::kRandom, chosen.probability};
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

void ExploringGovernor::play_back(std::vector<PastDecision> decisions) {
  played_back_ = std::move(decisions);
  played_ = 0;
}

// Observes as it did then.
Decision ExploringGovernor::again(const GovernorInput& input) {
  const PastDecision& decision = played_back_[played_++];
  if (decision.by == DecidedBy::kResident) return learned_.fall_back();
  learned_.decide(input);
  for (std::size_t k = 0; k < levels_.size(); ++k) levels_[k] = decision.setting[k].ceiling;
  learned_.replace_action(levels_);
  return {decision.setting, decision.by};
}

void ExploringGovernor::visit_state(StateVisitor& visitor) {
  visit_random(visitor, "explore.random", exploration_.random);
  double left_seconds = exploration_.budget.left_seconds();
  visit_value(visitor, "explore.budget", left_seconds);
  exploration_.budget.set_left_seconds(left_seconds);
}

}  // namespace flyball
