#include "agent/training/validation.h"

#include <stdexcept>

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

}  // namespace flyball
