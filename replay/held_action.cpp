#include "replay/held_action.h"

#include <algorithm>
#include <map>

namespace flyball {

HeldAction::HeldAction(const TelemetryLogHeader& header, const GovernorScope& scope,
                       double held_share, std::span<const std::string> caps)
    : knobs_(scope.knobs), limits_(scope.limits), held_share_(held_share) {
  const std::vector<std::string>& names = header.leased_knobs;
  for (const Knob& knob : knobs_) {
    const auto it = std::find(names.begin(), names.end(), knob.name);
    leased_.push_back(it == names.end() ? std::nullopt
                                        : std::optional<std::size_t>(it - names.begin()));
    is_capped_.push_back(std::find(caps.begin(), caps.end(), knob.name) != caps.end());
  }
}

// What the knob is pinned to, or, where it is not, what is in effect. Of a capped one the ceiling,
// if the resident could go down from it as far as it may.
std::optional<Level> HeldAction::level(const TelemetryRow& row, std::size_t knob) const {
  const LevelRange* range =
      row.setting && leased_[knob] ? &(*row.setting)[*leased_[knob]] : nullptr;
  if (is_capped_[knob]) {
    if (range == nullptr) return limits_[knob].ceiling;
    if (range->floor > limits_[knob].floor) return std::nullopt;
    return std::min(range->ceiling, limits_[knob].ceiling);
  }
  if (range != nullptr && range->is_pinned()) return range->floor;
  return effective_level(knobs_[knob], row.telemetry);
}

std::vector<Level> HeldAction::in_row(const TelemetryRow& row) const {
  std::vector<Level> levels;
  for (std::size_t k = 0; k < knobs_.size(); ++k) {
    levels.push_back(level(row, k).value_or(limits_[k].ceiling));
  }
  return levels;
}

std::optional<std::vector<Level>> HeldAction::of(std::span<const TelemetryRow> rows) const {
  std::vector<Level> levels;
  for (std::size_t k = 0; k < knobs_.size(); ++k) {
    const std::optional<Level> held = held_level(rows, k);
    if (!held) return std::nullopt;
    levels.push_back(*held);
  }
  return levels;
}

std::optional<Level> HeldAction::held_level(std::span<const TelemetryRow> rows,
                                            std::size_t knob) const {
  std::map<Level, double> seconds;
  double total = 0.0;
  for (const TelemetryRow& row : rows) {
    total += row.period_seconds;
    if (const auto l = level(row, knob)) seconds[*l] += row.period_seconds;
  }
  const auto longest =
      std::max_element(seconds.begin(), seconds.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  if (longest == seconds.end() || longest->second < held_share_ * total) return std::nullopt;
  return longest->first;
}

}  // namespace flyball
