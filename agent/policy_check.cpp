#include "agent/policy_check.h"

#include <stdexcept>
#include <vector>

#include "agent/action_features.h"

namespace flyball {

namespace {

constexpr std::size_t kDegree = 4;

std::vector<std::uint32_t> actions_at(const TrainingSet& set, const ActOnRows& act,
                                      std::vector<float> Transition::*observation) {
  std::vector<float> rows;
  rows.reserve(set.transitions.size() * set.observation_size());
  for (const Transition& t : set.transitions) {
    rows.insert(rows.end(), (t.*observation).begin(), (t.*observation).end());
  }
  std::vector<std::uint32_t> actions(set.transitions.size());
  act(rows, actions);
  return actions;
}

// What is known for certain.
Estimate exactly(double value) { return {value, {value, value}}; }

}  // namespace

PolicyCheck check_policy(const TrainingSet& set, const ActOnRows& act,
                         const EvaluationConfig& config) {
  if (set.transitions.empty()) throw std::invalid_argument("the logs hold no transitions");
  const ActionSpace actions = action_space_of(set.knobs);
  const std::vector<std::size_t> counts = action_counts(actions, set.transitions);
  const std::vector<std::uint32_t> chosen = actions_at(set, act, &Transition::observation);
  const std::vector<std::uint32_t> next = actions_at(set, act, &Transition::next_observation);
  std::vector<std::uint8_t> seen(actions.size(), 0);
  for (std::size_t a = 0; a < seen.size(); ++a) seen[a] = counts[a] > 0 ? 1 : 0;
  const Tensor phi = action_features(set.knobs, kDegree, seen);
  const PolicyOnLog log{set.transitions, chosen, next};
  PolicyCheck check;
  check.support = support_report(actions, counts, chosen);
  if (set.residents.served > 0.0) {
    const SpanCost& r = set.residents;
    check.residents = {exactly(r.energy_joules.value() / r.served),
                       exactly(r.in_system_seconds / r.served), exactly(r.missed / r.served)};
  }
  // The constant and, per knob, the linear term are crossed with the observation.
  check.fitted = fitted_q_evaluation(log, {phi, 1 + set.knobs.size()}, config);
  check.importance = importance_sampling(log, config);
  return check;
}

}  // namespace flyball
