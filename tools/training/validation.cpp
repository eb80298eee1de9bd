#include "tools/training/validation.h"

#include <memory>
#include <stdexcept>

#include "tools/interrupt.h"

namespace flyball {

void validate(const ValidationConfig& config) {
  if (config.every_steps == 0) {
    throw std::invalid_argument("validation.every_steps = 0: must be > 0");
  }
  if (config.patience == 0U) throw std::invalid_argument("validation.patience = 0: must be > 0");
}

bool is_better(const ValidationFigures& a, const ValidationFigures& b) {
  if (a.feasible != b.feasible) return a.feasible;
  return a.saving > b.saving;
}

Validation::Validation(const ValidationConfig& config)
    : config_(config), plan_(make_plan(load_scenario(config.scenario), {config.seed})) {
  validate(config_);
  plan_.threads = 1;
}

ValidationFigures Validation::measure(const PolicyFile& policy) const {
  GovernorChoice choice;
  choice.kind = GovernorChoice::Kind::kPolicy;
  choice.name = "policy";
  choice.policy = std::make_shared<const PolicyFile>(policy);
  const Evaluation evaluation =
      evaluate(plan_, {choice}, [](const std::string&, double) { return !interrupted(); });
  const GovernorResult& result = evaluation.results.front();
  return {result.saving, result.figures.latency_mean_seconds, result.figures.in_time_share(),
          result.infeasible.empty()};
}

}  // namespace flyball
