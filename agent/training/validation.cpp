#include "agent/training/validation.h"

#include "env/config/check_fields.h"

namespace flyball {

void validate(const ValidationConfig& config) { check_fields(config, "validation"); }

bool is_better(const ValidationFigures& a, const ValidationFigures& b) {
  if (a.feasible != b.feasible) return a.feasible;
  if (a.feasible) return a.saving > b.saving;
  if (a.in_time_share != b.in_time_share) return a.in_time_share > b.in_time_share;
  return a.latency_mean_seconds < b.latency_mean_seconds;
}

PolicyFile as_validated(PolicyFile policy, const ValidationFigures& figures) {
  auto& training = policy.metadata.training;
  if (training) training->in_time_share = figures.in_time_asked;
  return policy;
}

}  // namespace flyball
