#include "controllers/phase_governor.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace flyball {

PhaseGovernor::PhaseGovernor(std::vector<PhaseBegin> phases, std::vector<Setting> rows,
                             double period_seconds)
    : phases_(std::move(phases)), rows_(std::move(rows)), period_seconds_(period_seconds) {
  if (phases_.empty() || phases_.front().seconds != 0.0) {
    throw std::invalid_argument("phases begin at 0 seconds");
  }
  for (std::size_t p = 0; p < phases_.size(); ++p) {
    if (p > 0 && !(phases_[p].seconds > phases_[p - 1].seconds)) {
      throw std::invalid_argument("phases have to rise");
    }
    if (phases_[p].row >= rows_.size()) {
      throw std::invalid_argument(
          fmt::format("phase {} is of row {}, there are {}", p, phases_[p].row, rows_.size()));
    }
  }
  for (const Setting& row : rows_) {
    if (row.size() != rows_.front().size()) {
      throw std::invalid_argument("the phases' settings have to hold the same knobs");
    }
  }
}

void PhaseGovernor::reset(const GovernorScope& scope) {
  if (scope.limits.size() != rows_.front().size()) {
    throw std::invalid_argument(fmt::format("the phases' settings turn {} knobs, it was given {}",
                                            rows_.front().size(), scope.limits.size()));
  }
  limits_ = scope.limits;
}

Decision PhaseGovernor::decide(const GovernorInput& input) {
  const auto next =
      std::ranges::upper_bound(phases_, input.telemetry.time_seconds, {}, &PhaseBegin::seconds);
  const PhaseBegin& phase = next == phases_.begin() ? phases_.front() : *std::prev(next);
  return {clamped(rows_[phase.row], limits_)};
}

}  // namespace flyball
