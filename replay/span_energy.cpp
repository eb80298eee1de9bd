#include "replay/span_energy.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

namespace flyball {

std::optional<double> powered_watts(std::span<const TelemetryRow> rows) {
  double seconds = 0.0;
  double powered_seconds = 0.0;
  double joules = 0.0;
  for (const TelemetryRow& row : rows) {
    const SpanCost cost = row.cost();
    seconds += cost.seconds;
    if (!cost.energy_joules) continue;
    powered_seconds += cost.seconds;
    joules += *cost.energy_joules;
  }
  const double least_seconds = kLeastPoweredShare * seconds * (1.0 - 1e-9);  // sums are rounded
  if (powered_seconds <= 0.0 || powered_seconds < least_seconds) return std::nullopt;
  return joules / powered_seconds;
}

SpanCost filled(SpanCost cost, std::optional<double> watts) {
  if (!cost.energy_joules && watts) cost.energy_joules = *watts * cost.seconds;
  return cost;
}

namespace {

std::string rails_without_reading(const TelemetryLogHeader& header,
                                  std::span<const TelemetryRow> rows) {
  const std::vector<std::string>& rails = header.plant.rails;
  if (rails.empty()) return "the log's header names none";
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < rails.size(); ++i) {
    const bool is_read = std::any_of(rows.begin(), rows.end(), [i](const TelemetryRow& row) {
      const auto& watts = row.telemetry.rail_watts;
      return watts && watts->at(i).has_value();
    });
    if (!is_read) missing.push_back(rails[i]);
  }
  if (missing.empty()) return fmt::format("{} have readings", fmt::join(rails, ", "));
  return fmt::format("never read: {}", fmt::join(missing, ", "));
}

}  // namespace

void require_energy(const TelemetryLogHeader& header, std::span<const TelemetryRow> rows) {
  const auto has_energy = [](const TelemetryRow& row) {
    const SpanCost cost = row.cost();
    return cost.seconds > 0.0 && cost.energy_joules.has_value();
  };
  if (rows.empty() || std::any_of(rows.begin(), rows.end(), has_energy)) return;
  throw std::invalid_argument(fmt::format(
      "none of its {} rows has the module's power, and nothing is learned without energy; log the "
      "rail that measures the module, or all rails that it is the sum of ({})",
      rows.size(), rails_without_reading(header, rows)));
}

}  // namespace flyball
