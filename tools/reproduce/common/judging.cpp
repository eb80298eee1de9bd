#include "tools/reproduce/common/judging.h"

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

#include "tools/interrupt.h"

namespace flyball {

Evaluation judge(const Scenario& scenario, const std::vector<std::uint64_t>& seeds,
                 const std::vector<GovernorChoice>& governors, unsigned threads) {
  EvaluationPlan plan = make_plan(scenario, seeds);
  plan.threads = threads;
  return evaluate(plan, governors, [](const std::string&, double) { return !interrupted(); });
}

GovernorResult judge(const Scenario& scenario, const std::vector<std::uint64_t>& seeds,
                     std::shared_ptr<const PolicyFile> policy) {
  return judge(scenario, seeds, {policy_choice(std::move(policy))}).results.front();
}

const GovernorResult& best_fixed(const Scenario& scenario, const Evaluation& evaluation) {
  const GovernorResult& oracle = evaluation.results.front();
  if (oracle.runs.empty()) {
    throw std::runtime_error(fmt::format("{} on {}: no fixed setting keeps the limits", scenario.id,
                                         scenario.board.board.id));
  }
  return oracle;
}

}  // namespace flyball
