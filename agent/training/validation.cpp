#include "agent/training/validation.h"

#include <fmt/format.h>

#include <stdexcept>

namespace flyball {

void validate(const ValidationConfig& config) {
  if (config.every_steps == 0) {
    throw std::invalid_argument("validation.every_steps = 0: must be > 0");
  }
  if (config.runs == 0 || config.runs > 100) {
    throw std::invalid_argument(
        fmt::format("validation.runs = {}: must be in [1, 100]", config.runs));
  }
  if (config.patience == 0U) throw std::invalid_argument("validation.patience = 0: must be > 0");
}

bool is_better(const ValidationFigures& a, const ValidationFigures& b) {
  if (a.feasible != b.feasible) return a.feasible;
  if (a.feasible) return a.saving > b.saving;
  if (a.in_time_share != b.in_time_share) return a.in_time_share > b.in_time_share;
  return a.latency_mean_seconds < b.latency_mean_seconds;
}

}  // namespace flyball
